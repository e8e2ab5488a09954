-- Version 1. The page docs/store.md says what each column means; a test holds the two together.

CREATE TABLE people (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE
) STRICT;

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    person_id INTEGER REFERENCES people (id) ON DELETE CASCADE,
    started TEXT NOT NULL,
    ended TEXT,
    continues INTEGER REFERENCES sessions (id) ON DELETE SET NULL,
    software TEXT NOT NULL,
    exercise TEXT NOT NULL,
    tempo TEXT NOT NULL,
    params TEXT NOT NULL,
    simulated INTEGER NOT NULL CHECK (simulated IN (0, 1)),
    host TEXT NOT NULL,
    pid INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_of_person ON sessions (person_id);
CREATE INDEX sessions_continued ON sessions (continues);

CREATE TABLE lanes (
    session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    lane INTEGER NOT NULL,
    name TEXT NOT NULL,
    sensor TEXT NOT NULL,
    leg TEXT CHECK (leg IN ('left', 'right')),
    PRIMARY KEY (session_id, lane)
) STRICT, WITHOUT ROWID;

CREATE TABLE sets (
    session_id INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    set_number INTEGER NOT NULL,
    leg TEXT CHECK (leg IN ('left', 'right')),
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    known_at INTEGER NOT NULL,
    start_s REAL,
    end_s REAL,
    reason TEXT NOT NULL,
    uncertain INTEGER NOT NULL CHECK (uncertain IN (0, 1)),
    hip_rotation_limit_deg REAL,
    calibration_quality REAL,
    calibration_sentence TEXT NOT NULL,
    calibration TEXT NOT NULL,
    notes TEXT NOT NULL,
    PRIMARY KEY (session_id, lane, set_number),
    FOREIGN KEY (session_id, lane) REFERENCES lanes (session_id, lane) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE reps (
    session_id INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    set_number INTEGER NOT NULL,
    rep_number INTEGER NOT NULL,
    final INTEGER NOT NULL CHECK (final IN (0, 1)),
    leg TEXT CHECK (leg IN ('left', 'right')),
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    known_at INTEGER NOT NULL,
    start_s REAL,
    concentric_end_s REAL,
    eccentric_start_s REAL,
    end_s REAL,
    concentric_s REAL,
    hold_s REAL,
    eccentric_s REAL,
    pause_s REAL,
    rom_deg REAL,
    peak_concentric_dps REAL,
    peak_eccentric_dps REAL,
    pulses INTEGER,
    is_partial INTEGER CHECK (is_partial IN (0, 1)),
    axial_rotation_deg REAL,
    plane_tilt_deg REAL,
    hip_rotation INTEGER CHECK (hip_rotation IN (0, 1)),
    hold_sway_deg REAL,
    rushed INTEGER CHECK (rushed IN (0, 1)),
    missing_s REAL,
    confidence REAL,
    uncertain INTEGER NOT NULL CHECK (uncertain IN (0, 1)),
    hidden TEXT NOT NULL,
    PRIMARY KEY (session_id, lane, set_number, rep_number),
    FOREIGN KEY (session_id, lane) REFERENCES lanes (session_id, lane) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE corrections (
    id INTEGER PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    at TEXT NOT NULL,
    what TEXT NOT NULL,
    lane INTEGER,
    set_number INTEGER,
    rep_number INTEGER,
    record TEXT NOT NULL
) STRICT;
CREATE INDEX corrections_of_session ON corrections (session_id);

CREATE TABLE files (
    session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    lane INTEGER,
    PRIMARY KEY (session_id, path)
) STRICT, WITHOUT ROWID;
