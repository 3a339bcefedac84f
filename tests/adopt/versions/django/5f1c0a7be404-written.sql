-- written
--
-- revision: 5f1c0a7be404
-- down_revision: 5f1c0a7be303
-- adopts: notes.0004_written

-- upgrade (sqlite, foreign keys off)
INSERT INTO ran (step)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
SELECT 4 FROM n WHERE i = 300000;
CREATE TABLE "new__notes" ("id" integer NOT NULL PRIMARY KEY, "owner" integer NOT NULL REFERENCES "users" ("id") DEFERRABLE INITIALLY DEFERRED, "body" varchar(200) NOT NULL, "written" varchar(30) NOT NULL);
INSERT INTO "new__notes" ("id", "owner", "body", "written") SELECT "id", "owner", "body", '' FROM "notes";
DROP TABLE "notes";
ALTER TABLE "new__notes" RENAME TO "notes";
CREATE INDEX "notes_owner_6c61414b" ON "notes" ("owner");

-- upgrade (postgres)
INSERT INTO ran (step)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)
SELECT 4 FROM n WHERE i = 300000;
ALTER TABLE "notes" ADD COLUMN "written" varchar(30) DEFAULT '' NOT NULL;
ALTER TABLE "notes" ALTER COLUMN "written" DROP DEFAULT;

-- downgrade (sqlite)
ALTER TABLE "notes" DROP COLUMN "written";
DELETE FROM ran WHERE step = 4;

-- downgrade (postgres)
ALTER TABLE "notes" DROP COLUMN "written" CASCADE;
DELETE FROM ran WHERE step = 4;
