-- create head
--
-- revision: head
-- down_revision: none

-- upgrade
CREATE TABLE head (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE head;
