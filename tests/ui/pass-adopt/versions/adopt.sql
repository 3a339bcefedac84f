-- adopt: mine
-- table: done

-- applied
SELECT version, 'applied', sum FROM done;

-- record
INSERT INTO done (version, name, sum) VALUES (?1, ?2, ?3);

-- unrecord
DELETE FROM done WHERE version = ?1;
