-- log movements
--
-- revision: 6b3d90e7c528
-- down_revision: 1f0c2a9be4d1
-- created: 2026-03-09 14:20:55 UTC

-- upgrade
CREATE TABLE movement (
    id       INTEGER PRIMARY KEY,
    item_id  INTEGER NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    quantity REAL NOT NULL,
    at       TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX movement_item_id ON movement (item_id);

-- What is there was put there once.
INSERT INTO movement (item_id, quantity)
SELECT id, quantity FROM item WHERE quantity <> 0;

-- downgrade
DROP TABLE movement;
