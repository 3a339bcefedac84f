-- create b1
--
-- revision: b1
-- down_revision: a1

-- upgrade (sqlite, own transaction)
  
/* nothing here */;
-- downgrade: nothing
