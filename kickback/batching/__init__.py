"""A folder of recordings becomes one tidy table of reps and one of sets.

What lies in the folder is listed (:mod:`.listing`), each recording is a job (:mod:`.job`) whose result is kept
(:mod:`.cache`), the jobs are done by processes (:mod:`.pool`) or by a cluster (:mod:`.cluster`),
and the results are put together in the order of the recordings' names (:mod:`.frames`), whoever made them and when.
"""
