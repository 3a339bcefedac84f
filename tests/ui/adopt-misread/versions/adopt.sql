-- adopt: mine
-- tables: done

-- applied
SELECT version, 'applied' FROM done WHERE name = ?1;

-- records
INSERT INTO done VALUES (?1);
