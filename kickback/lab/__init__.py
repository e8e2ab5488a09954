"""A live session in the lab streaming layer (LSL): samples, reps and progress as streams that others record.

:mod:`.clock` brings samples onto LSL's clock, :mod:`.facts` describes the streams, :mod:`.outlet` fills them beside
the terminal's view, :mod:`.lsl` is the only module that knows pylsl (extra ``lab``).
"""
