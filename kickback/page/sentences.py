"""Every sentence that the server says to people on the page, with a key by which a viewer finds it in its language.

Where a sentence has values, they stand in braces: ``{n}`` is a number, ``{name:text}`` any text, ``{why:said}`` another
sentence, known or not, ``{why:known}`` another one of these. The words are those of the places that are named below;
a test holds both together, and each language to them.
"""

from __future__ import annotations

SENTENCES = {
    # Where a leg turns
    "said.joint.hip": "hip",
    "said.joint.knee": "knee",
    "said.joint.joint": "joint",
    # How well a set was calibrated (analysis.describe)
    "said.calibration.slipped": "The sensor turned by about {n}° on the leg during this set: tighten the strap.",
    "said.calibration.good": "Good: the leg swung about one axis and one {joint:said} explains the movement.",
    "said.calibration.wandering": (
        "Fair: the direction of the swing changed from rep to rep; angles of rotation are less sure."
    ),
    "said.calibration.loose": (
        "Fair: the strap or the body moved with the leg; tighten the strap just above the ankle bone."
    ),
    "said.calibration.poor": (
        "Poor: a {joint:said} and one axis explain little of the movement; tighten the strap and keep the trunk still."
    ),
    "said.calibration.broken_off": "Unknown: the session broke off and its raw file is gone.",
    # What is to be said of a rep (kickback.words)
    "flag.hip rotation": "hip rotation",
    "flag.rushed": "rushed",
    "flag.partial": "partial",
    "flag.uncertain": "uncertain",
    "flag.pulse": "1 pulse",
    "flag.pulses": "{n} pulses",
    "flag.lost": "lost {n} s",
    # Of the latest rep (kickback.live.board)
    "said.advice.hip_rotation": "HIP ROTATION {value}° in rep {rep}: keep the pelvis square",
    "said.advice.rushed": "RUSHED: {value} s down in rep {rep}, target {target} s",
    "said.advice.partial": "PARTIAL: {value}° in rep {rep}",
    # Above it all (kickback.live.stage, strap, keeping; kickback.commands.replay)
    "said.banner.simulated": "SIMULATED: no person made these movements.",
    "said.banner.virtual": "VIRTUAL SENSOR: it plays {name:text}, nobody wears it",
    "said.banner.replay_of": "REPLAY of {name:text}, recorded {when:text}, not live",
    "said.banner.replay": "REPLAY of {name:text}, not live",
    "said.banner.not_kept_but_raw": "NOT KEPT in the store: {why:said}; the raw file has everything",
    "said.banner.not_kept": "NOT KEPT in the store: {why:said}",
    # At the end (kickback.live.company, goingon)
    "said.end.replay": "It was a recording; nothing was kept.",
    "said.end.making": "The table and the report are being made.",
    "said.end.resume": "`kickback live --resume` goes on with this session.",
    "said.end.went_on": (
        "It went on with an earlier session: set 1 here was set {n} of the whole; before it: {files:text}"
    ),
    "said.end.went_on_two": (
        "It went on with an earlier session: set 1 here was set {n} or {m} of the whole; before it: {files:text}"
    ),
    "said.end.fault": "The page had a fault: {fault:text}; please report it",
    # Of the link (kickback.live.notice)
    "said.link.lost": "LINK LOST {n} s: reconnecting, the count is kept",
    "said.link.gone": "LINK LOST {n} s: the sensor did not come back",
    "said.link.catching_up": "CATCHING UP: the sensor sends what it kept",
    "said.link.not_recorded": "NOT RECORDED: {why:said}",
    "said.link.back": "Connected again after {n} s: nothing is missing",
    "said.link.back_gap": "Connected again after {n} s: a gap of {gap} s stays",
    "said.link.back_late": "Connected again after {n} s: {late} s back-filled, nothing is missing",
    "said.link.back_late_gap": "Connected again after {n} s: {late} s back-filled, a gap of {gap} s stays",
    # Before the set (imu.status, imu.keeping)
    "said.sensor.recording_ended": "The recording ended: {why:said}. The session goes on without it.",
    "said.sensor.battery": "The battery of the sensor is low ({n} %): charge it before the set.",
    "said.sensor.battery_of": "The battery of {name:text} is low ({n} %): charge it before the set.",
    "said.sensor.signal": (
        "The signal of the sensor is weak ({n} dBm): bring it nearer, and keep the body out of the way."
    ),
    "said.sensor.signal_of": (
        "The signal of {name:text} is weak ({n} dBm): bring it nearer, and keep the body out of the way."
    ),
    # What does not fit gravity (imu.plausibility)
    "said.gravity.no_still": "There is no still second, so no unit could be checked.",
    "said.gravity.linear": (
        "At rest the acceleration is {n}: gravity was taken out (linear acceleration). Without gravity the leg's "
        "angle cannot be told; log the raw accelerometer."
    ),
    "said.gravity.in_g": "At rest the acceleration is {n}: it is in g, not in m/s².",
    "said.gravity.in_mg": "At rest the acceleration is {n}: it is in mg, not in m/s².",
    "said.gravity.off": "At rest the acceleration is {n} m/s² instead of {g}.",
    "said.gravity.bias": "At rest the gyro shows {n} deg/s: a large bias.",
    "said.gravity.acc_noise": "The accelerometer is noisy: {n} m/s² at rest.",
    "said.gravity.gyr_noise": "The gyro is noisy: {n} deg/s at rest.",
    "said.gravity.frozen": "For {n} s none of the six values changes: the sensor had stopped or gone.",
    "said.gravity.acc_range": "The accelerometer is at the end of its range in {n}% of the samples.",
    "said.gravity.gyr_range": "The gyro is at the end of its range in {n}% of the samples.",
    "said.gravity.hardly_turned": (
        "The sensor hardly turned between quiet moments, so the unit of the gyro could not be checked."
    ),
    "said.gravity.no_gyro": "Gravity turns in the sensor's frame, but the gyro shows nothing: it was not running.",
    "said.gravity.gyr_deg": "Gravity turns by {n} of what the gyro says: the gyro is in deg/s, not in rad/s.",
    "said.gravity.gyr_rad": "Gravity turns {n} times as far as the gyro says: it is in rad/s, not in deg/s.",
    "said.gravity.gyr_scale": "Gravity turns {n} times as far as the gyro says: the gyro's scale is off.",
    "said.gravity.left_handed": (
        "The gyro and the accelerometer do not turn together (agreement {n}%): the gyro turns the other way round, "
        "as in left-handed axes."
    ),
    "said.gravity.other_axes": (
        "The gyro and the accelerometer do not turn together (agreement {n}%): they would if the gyro's x, y, z "
        "were its {axes:text}."
    ),
    "said.gravity.apart": (
        "The gyro and the accelerometer do not turn together (agreement {n}%): axes may be swapped, or the two "
        "were not logged at the same time."
    ),
    # Why a file is not written (imu.append, recordings.csv_tail)
    "said.disk.full": "the disk is full; make room and the recording goes on",
    "said.disk.quota": "the quota is used up; make room and the recording goes on",
    "said.disk.too_large": "the file has the largest size that is allowed here; raise the limit",
    "said.disk.silent": "the disk does not answer; plug it in again, or begin a new session on another",
    "said.disk.read_only": "the disk has become read-only; begin a new session on another",
    "said.disk.deleted": "the file was deleted; end the session and begin a new one",
    "said.disk.unwritable": "cannot be written ({why:said}); check the disk",
    "said.disk.table": "cannot be written ({why:said}); the table goes on without it",
    # What operating systems say (os.strerror)
    "said.system.full": "No space left on device",
    "said.system.denied": "Permission denied",
    "said.system.not_permitted": "Operation not permitted",
    "said.system.no_file": "No such file or directory",
    "said.system.read_only": "Read-only file system",
    "said.system.io": "Input/output error",
    "said.system.quota": "Disk quota exceeded",
    "said.system.too_large": "File too large",
    # Why the store does not take it (kickback.store.trouble)
    "said.store.busy": "another program has kept this store busy for {n} s; end it and try again",
    "said.store.full": "the disk is full; make room",
    "said.store.denied": (
        "no permission to write this store; check who may use it, or choose another file with `--store FILE`; "
        "`kickback live --no-store` trains without a store"
    ),
    "said.store.unopened": (
        "this store cannot be opened; check the folder and who may use it, or choose another file with `--store "
        "FILE`; `kickback live --no-store` trains without a store"
    ),
    "said.store.unreadable": (
        "the disk cannot be read or written; check it, or choose another file with `--store FILE`; `kickback live "
        "--no-store` trains without a store"
    ),
    "said.store.strange": (
        "this is not a Kickback store, or its beginning is damaged; move the file away, then a new one is made, or "
        "choose another file with `--store FILE`; `kickback live --no-store` trains without a store"
    ),
    "said.store.damaged": (
        "this store is damaged ({what:text}); move the file away, then a new one is made, or choose another file "
        "with `--store FILE`; `kickback live --no-store` trains without a store. `sqlite3 FILE .recover` saves "
        "what can be saved"
    ),
    "said.of_file": "{path:text}: {why:known}",
    # Why a replay is shown instead of a session (imu.finding, imu.ble_errors)
    "said.nobody.none": (
        "No sensor found in {n} s. Switch the sensor on, bring it near, and end other programs and phones that are "
        "connected to it."
    ),
    "said.nobody.one_other": (
        "No sensor found in {n} s (1 other Bluetooth device heard). Switch the sensor on, bring it near, and end "
        "other programs and phones that are connected to it."
    ),
    "said.nobody.others": (
        "No sensor found in {n} s ({others} other Bluetooth devices heard). Switch the sensor on, bring it near, "
        "and end other programs and phones that are connected to it."
    ),
    "said.nobody.named": (
        'No sensor with the name or serial "{name:text}" found in {n} s. Switch the sensor on, bring it near, '
        "and end other programs and phones that are connected to it."
    ),
    "said.nobody.named_one_other": (
        'No sensor with the name or serial "{name:text}" found in {n} s (1 other Bluetooth device heard). Switch '
        "the sensor on, bring it near, and end other programs and phones that are connected to it."
    ),
    "said.nobody.named_others": (
        'No sensor with the name or serial "{name:text}" found in {n} s ({others} other Bluetooth devices '
        "heard). Switch the sensor on, bring it near, and end other programs and phones that are connected to it."
    ),
    "said.radio.none": "This machine has no Bluetooth adapter. Plug one in (Bluetooth 4.0 or newer).",
    "said.radio.old": "The Bluetooth adapter knows no Low Energy. Plug in one with Bluetooth 4.0 or newer.",
    "said.radio.off": "Bluetooth is off. Switch it on and try again.",
    "said.radio.off_linux": "Bluetooth is off. Switch it on (bluetoothctl power on) and try again.",
    "said.radio.denied_program": (
        "Bluetooth is not allowed for this program. On macOS: System Settings, Privacy & Security, Bluetooth, "
        "allow the terminal (or whatever runs Kickback), and start it again."
    ),
    "said.radio.denied_user": (
        'The system does not let this user use Bluetooth. On Linux the user may need the group "bluetooth"; '
        "elsewhere ask who manages this machine."
    ),
    "said.radio.denied": (
        "Bluetooth is not allowed for this program, and the system does not say why. Look at its privacy settings."
    ),
    "said.radio.unavailable": "Bluetooth is not available: {why:text}.",
    "said.radio.unusable": "Bluetooth cannot be used on this system: {why:text}.",
    "said.radio.no_such": "There is no such Bluetooth {what:text}. `bluetoothctl list` shows which there are.",
    "said.radio.no_bluez": (
        "BlueZ is not running. Install it (package bluez) and start it: systemctl start bluetooth."
    ),
    "said.radio.bluez_stopped": "BlueZ is not running. Start it: systemctl start bluetooth.",
    "said.radio.no_bus": (
        "There is no D-Bus system bus here, so no Bluetooth (as in a container). On a machine with an adapter "
        "install and start dbus and bluez."
    ),
    # What cannot be done (kickback.page.view, hub, commands, corrections, model)
    "said.page.faulty": "The page has a fault and stands still; the session goes on, and the terminal shows it.",
    "said.page.look_only": "This page may only look; to control, open the other address of the session.",
    "said.no.over": "the session is over",
    "said.no.object": "a command is an object with a 'do'",
    "said.no.do": "'do' is none of {list:text}",
    "said.no.lane": "'lane' is a whole number from 0 to {n}",
    "said.no.tempo": (
        "the tempo is not four numbers of seconds from 0 to 60 such as 3-0-1-1 (down - pause - up - squeeze)"
    ),
    "said.no.exercises": "the exercise is none of those here: none can be chosen",
    "said.no.exercise": "the exercise is none of {list:text}",
    "said.no.exercise_counted": (
        "reps were counted: the exercise is chosen before the first of them, or in the next session"
    ),
    "said.no.exercise_late": "the exercise is chosen in the first {n} minutes, or in the next session",
    "said.no.set": "there is no set {n}",
    "said.no.set_yet": "there is no set yet: begin one with 'start'",
    "said.no.set_next": "there is no set {n}; the next is {next}",
    "said.no.signal": "nothing has come from the sensor yet",
    "said.no.leg": "it is not known which leg it is now: choose one",
    "said.no.count_in": "the count-in is running",
    "said.no.going": "no set is going",
    "said.no.more_reps": "no more than {n} reps are added to a set",
    "said.no.rep": "there is no rep {rep} in set {n}",
    "said.no.rep_deleted": "rep {rep} of set {n} is deleted already",
    "said.no.undo": "there is nothing to undo",
    "said.no.on": "'on' is true or false",
    "said.no.whole": "'{key:text}' must be a whole number",
    "said.no.whole_from": "'{key:text}' must be a whole number from {n}",
    "said.no.count_in_s": "the count-in must be a number from 0 to {n}",
    "said.no.effort": "the effort must be a number from 0 to {n}",
    "said.no.leg_named": "the leg is 'left' or 'right'",
    "said.no.note": "a note has a 'band' or an 'effort'",
    "said.no.band": "the band is a text",
    "said.no.band_long": "the band is a text of at most {n} characters",
}
"""Key and English sentence; the first that fits is taken, so the special stand before the general."""
