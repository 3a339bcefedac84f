-- create a1
--
-- revision: a1
-- down_revision: none

-- upgrade
COPY note FROM STDIN;
1	a
\.

-- downgrade: nothing
