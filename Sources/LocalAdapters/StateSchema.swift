internal import GRDB

/// The tables of the state, and the steps by which an older file is brought up to date.
///
/// Moments are milliseconds since 1970. STRICT and CHECK keep out what the code could not read back.
enum StateSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("runs, queue, suppressions, pace") { database in
            try database.execute(sql: first)
        }
        migrator.registerMigration("resolutions") { database in try database.execute(sql: second) }
        migrator.registerMigration("pace of accounts") { database in try database.execute(sql: third) }
        migrator.registerMigration("feedback") { database in try database.execute(sql: fourth) }
        migrator.registerMigration("approvals") { database in try database.execute(sql: fifth) }
        migrator.registerMigration("follow-ups") { database in try database.execute(sql: sixth) }
        migrator.registerMigration("departures") { database in try database.execute(sql: seventh) }
        return migrator
    }

    private static let seventh = """
        -- Of a run whose recipients have time zones of their own: when each shard goes out, as Departures writes it.
        ALTER TABLE run ADD COLUMN departures TEXT;
        """

    private static let sixth = """
        -- Of a run that is a step of a sequence: which, and after which occurrence.
        ALTER TABLE run ADD COLUMN step TEXT;
        ALTER TABLE run ADD COLUMN first_occurrence TEXT;

        -- Runs that have follow-ups to come.
        CREATE TABLE follow_up (
            campaign TEXT NOT NULL,
            occurrence TEXT NOT NULL,
            next INTEGER NOT NULL,
            held_at INTEGER,
            PRIMARY KEY (campaign, occurrence)
        ) STRICT, WITHOUT ROWID;
        """

    private static let fourth = """
        -- Shares of delivered mails; the defaults of campaign.json.
        ALTER TABLE run ADD COLUMN bounce_limit REAL NOT NULL DEFAULT 0.04;
        ALTER TABLE run ADD COLUMN complaint_limit REAL NOT NULL DEFAULT 0.0008;

        -- data: as ShardFeedback writes it.
        CREATE TABLE feedback (
            run INTEGER NOT NULL REFERENCES run (id),
            shard INTEGER NOT NULL,
            data BLOB NOT NULL,
            PRIMARY KEY (run, shard)
        ) STRICT;

        -- Rates that have reached their limits, and who has overridden that.
        CREATE TABLE finding (
            run INTEGER NOT NULL REFERENCES run (id),
            number INTEGER NOT NULL,
            rate TEXT NOT NULL CHECK (rate IN ('bounces', 'complaints')),
            events INTEGER NOT NULL,
            delivered INTEGER NOT NULL,
            ceiling REAL NOT NULL,
            at INTEGER NOT NULL,
            overridden_by TEXT,
            overridden_at INTEGER,
            next_ceiling REAL,
            PRIMARY KEY (run, number),
            CHECK ((overridden_by IS NULL) = (overridden_at IS NULL)
                AND (overridden_by IS NULL) = (next_ceiling IS NULL))
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE transient_bounce (
            address TEXT NOT NULL,
            campaign TEXT NOT NULL,
            occurrence TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (address, campaign, occurrence)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX transient_bounce_by_time ON transient_bounce (at);
        """

    /// CHECK cannot be altered: the table is made anew.
    private static let second = """
        ALTER TABLE run ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;

        -- attempt: whose result it is; 0: an event's, or a person's.
        CREATE TABLE result_2 (
            run INTEGER NOT NULL,
            shard INTEGER NOT NULL,
            number INTEGER NOT NULL,
            position INTEGER NOT NULL CHECK (position >= 0),
            attempt INTEGER NOT NULL,
            outcome TEXT NOT NULL
                CHECK (outcome IN ('accepted', 'rejected', 'suppressed', 'uncertain', 'dropped')),
            detail TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (run, shard, number, position),
            FOREIGN KEY (run, shard, number) REFERENCES batch (run, shard, number)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO result_2 SELECT run, shard, number, position, attempt, outcome, detail, 0 FROM result;
        DROP TABLE result;
        ALTER TABLE result_2 RENAME TO result;
        CREATE INDEX result_uncertain ON result (run, shard, number, position) WHERE outcome = 'uncertain';
        """

    /// What was reserved before is over by now.
    private static let third = """
        DROP TABLE pace;
        CREATE TABLE pace (
            account TEXT NOT NULL PRIMARY KEY,
            timeline TEXT NOT NULL,
            share REAL NOT NULL,
            reduced_at INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            asked_at INTEGER NOT NULL,
            maximum_rate REAL,
            maximum_per_24_hours REAL,
            quota_left INTEGER,
            read_at INTEGER
        ) STRICT, WITHOUT ROWID;
        """

    private static let fifth = """
        -- files: as sha256sum(1) writes them.
        CREATE TABLE approval (
            campaign TEXT NOT NULL PRIMARY KEY,
            files TEXT NOT NULL,
            approved_by TEXT NOT NULL,
            note TEXT,
            at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        ALTER TABLE schedule ADD COLUMN waiting TEXT;
        """

    private static let first = """
        CREATE TABLE run (
            id INTEGER PRIMARY KEY,
            campaign TEXT NOT NULL,
            occurrence TEXT NOT NULL,
            plan_prefix TEXT NOT NULL,
            plan_digest TEXT NOT NULL,
            planned_at INTEGER NOT NULL,
            row_count INTEGER NOT NULL,
            recipients INTEGER NOT NULL,
            shards INTEGER NOT NULL,
            shard_size INTEGER NOT NULL,
            batch_size INTEGER NOT NULL,
            planned_invalid INTEGER NOT NULL,
            planned_duplicate INTEGER NOT NULL,
            planned_excluded INTEGER NOT NULL,
            planned_suppressed INTEGER NOT NULL,
            accepted INTEGER NOT NULL,
            rejected INTEGER NOT NULL,
            suppressed INTEGER NOT NULL,
            uncertain INTEGER NOT NULL,
            control TEXT NOT NULL CHECK (control IN ('running', 'paused', 'cancelled', 'stopped')),
            reason TEXT NOT NULL,
            is_enqueued INTEGER NOT NULL,
            UNIQUE (campaign, occurrence)
        ) STRICT;

        -- claimed: in the holder's hand. abandoned: in the hand of one who settles it as uncertain.
        -- open: settled in part, free to be claimed for the rest. open-abandoned: the same, the rest uncertain.
        -- settled: every recipient has a result.
        CREATE TABLE batch (
            run INTEGER NOT NULL REFERENCES run (id),
            shard INTEGER NOT NULL,
            number INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('claimed', 'abandoned', 'open', 'open-abandoned', 'settled')),
            worker TEXT NOT NULL,
            process TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            lease_ends INTEGER NOT NULL,
            PRIMARY KEY (run, shard, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE result (
            run INTEGER NOT NULL,
            shard INTEGER NOT NULL,
            number INTEGER NOT NULL,
            position INTEGER NOT NULL CHECK (position >= 0),
            attempt INTEGER NOT NULL,
            outcome TEXT NOT NULL CHECK (outcome IN ('accepted', 'rejected', 'suppressed', 'uncertain')),
            detail TEXT NOT NULL,
            PRIMARY KEY (run, shard, number, position),
            FOREIGN KEY (run, shard, number) REFERENCES batch (run, shard, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE schedule (
            campaign TEXT NOT NULL PRIMARY KEY,
            version TEXT NOT NULL,
            registered_at INTEGER NOT NULL,
            next INTEGER,
            last TEXT
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE message (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            campaign TEXT NOT NULL,
            occurrence TEXT NOT NULL,
            shard INTEGER NOT NULL,
            first_batch INTEGER NOT NULL,
            visible_at INTEGER NOT NULL,
            receive_count INTEGER NOT NULL DEFAULT 0,
            process TEXT
        ) STRICT;
        CREATE INDEX message_by_visibility ON message (visible_at);

        CREATE TABLE dead_letter (
            id INTEGER PRIMARY KEY,
            campaign TEXT NOT NULL,
            occurrence TEXT NOT NULL,
            shard INTEGER NOT NULL,
            first_batch INTEGER NOT NULL,
            receive_count INTEGER NOT NULL,
            died_at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE suppression (
            address TEXT NOT NULL PRIMARY KEY,
            reason TEXT NOT NULL CHECK (reason IN ('bounce', 'complaint', 'unsubscribe', 'manual')),
            source TEXT NOT NULL,
            at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- next_free in microseconds: at a hundred mails a second milliseconds would be too coarse.
        CREATE TABLE pace (
            account TEXT NOT NULL PRIMARY KEY,
            next_free INTEGER NOT NULL,
            share REAL NOT NULL,
            reduced_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
