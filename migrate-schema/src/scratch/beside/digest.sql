-- One text for all that a script can make in a database: where two databases have the same, their schemas are equal.
-- NULL where something is there that this doesn't tell apart. $PREFIX stands for the names of our own tables.
WITH n AS (
    SELECT oid, nspname, nspacl FROM pg_namespace
    WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg\_t%'
), r AS (
    SELECT c.* FROM pg_class AS c JOIN n ON n.oid = c.relnamespace WHERE NOT starts_with(c.relname::text, $PREFIX)
), e AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), told AS (
    SELECT ROW('n', nspname, nspacl, obj_description(oid, 'pg_namespace'))::text AS x FROM n
    UNION ALL
    SELECT ROW('c', oid::regclass, relkind, relpersistence, relrowsecurity, relforcerowsecurity, relreplident, reloptions,
        relacl, relispartition, pg_get_expr(relpartbound, oid), reltablespace, relhasrules,
        obj_description(oid, 'pg_class'),
        CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid)
            WHEN relkind = 'p' THEN pg_get_partkeydef(oid)
            WHEN relkind IN ('i', 'I') THEN pg_get_indexdef(oid) END)::text
    FROM r WHERE relkind <> 't'
    UNION ALL
    SELECT ROW('a', a.attrelid::regclass, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
        a.attidentity, a.attgenerated, a.attcollation::regcollation, a.attacl, a.attoptions, a.attstattarget, a.attstorage,
        a.attcompression, a.attislocal, a.attinhcount, pg_get_expr(d.adbin, d.adrelid),
        col_description(a.attrelid, a.attnum))::text
    FROM pg_attribute AS a JOIN r ON r.oid = a.attrelid LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped AND r.relkind NOT IN ('t', 'i', 'I', 'S')
    UNION ALL
    SELECT ROW('k', k.conrelid::regclass, k.contypid::regtype, k.conname, k.contype, k.condeferrable, k.condeferred,
        k.convalidated, k.conislocal, k.coninhcount, k.connoinherit, pg_get_constraintdef(k.oid),
        obj_description(k.oid, 'pg_constraint'))::text
    FROM pg_constraint AS k JOIN n ON n.oid = k.connamespace
    WHERE k.conrelid = 0 OR k.conrelid IN (SELECT oid FROM r)
    UNION ALL
    SELECT ROW('i', i.indexrelid::regclass, i.indisvalid, i.indisclustered, i.indisreplident, i.indisunique, i.indimmediate)::text
    FROM pg_index AS i JOIN r ON r.oid = i.indexrelid
    UNION ALL
    SELECT ROW('t', t.tgrelid::regclass, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid), obj_description(t.oid, 'pg_trigger'))::text
    FROM pg_trigger AS t JOIN r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal
    UNION ALL
    SELECT ROW('u', u.ev_class::regclass, u.rulename, u.ev_enabled, pg_get_ruledef(u.oid))::text
    FROM pg_rewrite AS u JOIN r ON r.oid = u.ev_class WHERE u.rulename <> '_RETURN'
    UNION ALL
    SELECT ROW('p', p.polrelid::regclass, p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[],
        pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid), obj_description(p.oid, 'pg_policy'))::text
    FROM pg_policy AS p JOIN r ON r.oid = p.polrelid
    UNION ALL
    SELECT ROW('y', t.oid::regtype, t.typtype, t.typnotnull, t.typdefault, format_type(t.typbasetype, t.typtypmod),
        t.typcollation::regcollation, t.typacl, obj_description(t.oid, 'pg_type'),
        (SELECT array_agg(l.enumlabel ORDER BY l.enumsortorder) FROM pg_enum AS l WHERE l.enumtypid = t.oid),
        (SELECT ROW(g.rngsubtype::regtype, g.rngcollation::regcollation, g.rngcanonical, g.rngsubdiff) FROM pg_range AS g WHERE g.rngtypid = t.oid))::text
    FROM pg_type AS t JOIN n ON n.oid = t.typnamespace LEFT JOIN pg_class AS c ON c.oid = t.typrelid
    WHERE t.typcategory <> 'A' AND (t.typrelid = 0 OR c.relkind = 'c')
    UNION ALL
    SELECT ROW('f', f.oid::regprocedure, l.lanname, f.prokind, f.prosecdef, f.proleakproof, f.proisstrict, f.proretset,
        f.provolatile, f.proparallel, f.procost, f.prorows, pg_get_function_arguments(f.oid), pg_get_function_result(f.oid),
        f.prosrc, f.probin, pg_get_function_sqlbody(f.oid), f.proconfig, f.proacl, f.prosupport,
        obj_description(f.oid, 'pg_proc'),
        (SELECT ROW(g.aggkind, g.aggtransfn, g.aggfinalfn, g.aggcombinefn, g.aggtranstype::regtype, g.agginitval) FROM pg_aggregate AS g WHERE g.aggfnoid = f.oid))::text
    FROM pg_proc AS f JOIN n ON n.oid = f.pronamespace JOIN pg_language AS l ON l.oid = f.prolang
    WHERE NOT EXISTS (SELECT FROM e WHERE e.classid = 'pg_proc'::regclass AND e.objid = f.oid)
    UNION ALL
    SELECT ROW('s', s.seqrelid::regclass, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmax, s.seqmin, s.seqcache, s.seqcycle)::text
    FROM pg_sequence AS s JOIN r ON r.oid = s.seqrelid
    UNION ALL
    SELECT ROW('d', d.objid::regclass, d.refobjid::regclass, d.refobjsubid, d.deptype)::text
    FROM pg_depend AS d JOIN r ON r.oid = d.objid
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND r.relkind = 'S'
    UNION ALL
    SELECT ROW('h', h.inhrelid::regclass, h.inhparent::regclass, h.inhseqno)::text FROM pg_inherits AS h JOIN r ON r.oid = h.inhrelid
    UNION ALL
    SELECT ROW('q', q.stxname, q.stxnamespace::regnamespace, q.stxstattarget, pg_get_statisticsobjdef(q.oid))::text FROM pg_statistic_ext AS q
    UNION ALL
    SELECT ROW('x', x.extname, x.extversion, x.extnamespace::regnamespace)::text FROM pg_extension AS x
), rare AS (
    SELECT 'pg_event_trigger'::regclass AS classid, oid FROM pg_event_trigger
    UNION ALL SELECT 'pg_publication'::regclass, oid FROM pg_publication
    UNION ALL SELECT 'pg_foreign_server'::regclass, oid FROM pg_foreign_server
    UNION ALL SELECT 'pg_default_acl'::regclass, oid FROM pg_default_acl
    UNION ALL SELECT 'pg_operator'::regclass, o.oid FROM pg_operator AS o JOIN n ON n.oid = o.oprnamespace
    UNION ALL SELECT 'pg_opclass'::regclass, o.oid FROM pg_opclass AS o JOIN n ON n.oid = o.opcnamespace
    UNION ALL SELECT 'pg_opfamily'::regclass, o.oid FROM pg_opfamily AS o JOIN n ON n.oid = o.opfnamespace
    UNION ALL SELECT 'pg_collation'::regclass, c.oid FROM pg_collation AS c JOIN n ON n.oid = c.collnamespace
    UNION ALL SELECT 'pg_ts_config'::regclass, c.oid FROM pg_ts_config AS c JOIN n ON n.oid = c.cfgnamespace
    UNION ALL SELECT 'pg_ts_dict'::regclass, c.oid FROM pg_ts_dict AS c JOIN n ON n.oid = c.dictnamespace
    UNION ALL SELECT 'pg_cast'::regclass, oid FROM pg_cast WHERE oid >= 16384
), timeless AS (
    -- `'now'::timestamp` in a view or a default is the moment at which the script ran, and differs on the two sides.
    SELECT CASE WHEN strpos(x, day) = 0 THEN x ELSE regexp_replace(x, day || ' \d\d:\d\d:\d\d(\.\d+)?', 'now', 'g') END AS x
    FROM told, to_char(now(), 'YYYY-MM-DD') AS day
)
SELECT CASE WHEN NOT EXISTS (SELECT FROM rare WHERE NOT EXISTS (SELECT FROM e WHERE e.classid = rare.classid AND e.objid = rare.oid))
    THEN (SELECT md5(string_agg(x, chr(10) ORDER BY x)) FROM timeless) END
