-- Roles, memberships, owners, grants, default privileges, settings and extensions.
-- Asked with nothing but the catalogue in the search path.
--
-- The engine's own roles (pg_…, and those that RDS makes, rds…) come and go with its versions, so what they are and what
-- they may do is not told. That somebody else is a member of one of them (rds_superuser, rds_iam, pg_read_all_data) is.
-- Partitions come and go too, and are reached through their parent's rights.
WITH brought AS MATERIALIZED (
  SELECT d.classid, d.objid FROM pg_depend AS d WHERE d.deptype = 'e'),
roles AS MATERIALIZED (
  SELECT r.*, r.rolname ~ '^(pg_|rds)' AS engines FROM pg_roles AS r),
schemas AS MATERIALIZED (
  SELECT n.oid, n.nspname::text AS schema, n.nspowner, n.nspacl FROM pg_namespace AS n
   WHERE n.nspname NOT IN ('information_schema', 'rdsadmin', 'rds_tools') AND n.nspname !~ '^pg_'
     AND NOT EXISTS (SELECT FROM brought AS b WHERE b.classid = 'pg_namespace'::regclass AND b.objid = n.oid)),
-- Whatever has an owner and rights; what an extension brought has both from the extension
owned (kind, parts, tail, owner, rights) AS (
  SELECT 'database', ARRAY[]::text[], '', d.datdba, coalesce(d.datacl, acldefault('d', d.datdba))
    FROM pg_database AS d WHERE d.datname = current_database()
  UNION ALL
  SELECT 'schema', ARRAY[s.schema], '', s.nspowner, coalesce(s.nspacl, acldefault('n', s.nspowner)) FROM schemas AS s
  UNION ALL
  SELECT CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END,
         ARRAY[s.schema, c.relname::text], '', c.relowner,
         coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, c.relowner))
    FROM schemas AS s JOIN pg_class AS c ON c.relnamespace = s.oid
   WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND c.relpersistence <> 't' AND NOT c.relispartition
     AND NOT EXISTS (SELECT FROM brought AS b WHERE b.classid = 'pg_class'::regclass AND b.objid = c.oid)
  UNION ALL
  SELECT 'column', ARRAY[s.schema, c.relname::text, a.attname::text], '', c.relowner, a.attacl
    FROM schemas AS s JOIN pg_class AS c ON c.relnamespace = s.oid JOIN pg_attribute AS a ON a.attrelid = c.oid
   WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND c.relpersistence <> 't' AND NOT c.relispartition
     AND NOT EXISTS (SELECT FROM brought AS b WHERE b.classid = 'pg_class'::regclass AND b.objid = c.oid)
  UNION ALL
  SELECT 'routine', ARRAY[s.schema, p.proname::text], '(' || pg_get_function_identity_arguments(p.oid) || ')', p.proowner,
         coalesce(p.proacl, acldefault('f', p.proowner))
    FROM schemas AS s JOIN pg_proc AS p ON p.pronamespace = s.oid
   WHERE NOT EXISTS (SELECT FROM brought AS b WHERE b.classid = 'pg_proc'::regclass AND b.objid = p.oid)
  UNION ALL
  SELECT 'type', ARRAY[s.schema, t.typname::text], '', t.typowner, coalesce(t.typacl, acldefault('T', t.typowner))
    FROM schemas AS s JOIN pg_type AS t ON t.typnamespace = s.oid
   WHERE t.typtype IN ('e', 'd', 'r')
     AND NOT EXISTS (SELECT FROM brought AS b WHERE b.classid = 'pg_type'::regclass AND b.objid = t.oid)
  UNION ALL
  SELECT 'server', ARRAY[v.srvname::text], '', v.srvowner, coalesce(v.srvacl, acldefault('S', v.srvowner)) FROM pg_foreign_server AS v),
objects (kind, parts, tail, words, body, hidden) AS (
  SELECT 'role', ARRAY[r.rolname::text], '',
         concat_ws(', ', CASE WHEN r.rolcanlogin THEN 'may log in' ELSE 'no login' END,
           CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN r.rolcreaterole THEN 'makes roles' END,
           CASE WHEN r.rolcreatedb THEN 'makes databases' END, CASE WHEN r.rolreplication THEN 'replication' END,
           CASE WHEN r.rolbypassrls THEN 'bypasses row security' END, CASE WHEN NOT r.rolinherit THEN 'inherits nothing' END,
           CASE WHEN r.rolconnlimit <> -1 THEN 'at most ' || r.rolconnlimit || ' connections' END,
           CASE WHEN r.rolvaliduntil < 'infinity' THEN 'until ' || r.rolvaliduntil END),
         NULL::text, false
    FROM roles AS r WHERE NOT r.engines
  UNION ALL
  SELECT 'member', ARRAY[m.rolname::text], ' of ' || quote_ident(g.rolname),
         concat_ws(', ', 'member', CASE WHEN bool_or(a.admin_option) THEN 'may admit others' END,
           CASE WHEN NOT bool_or(coalesce((to_jsonb(a) ->> 'inherit_option')::bool, true)) THEN 'inherits nothing' END,
           CASE WHEN NOT bool_or(coalesce((to_jsonb(a) ->> 'set_option')::bool, true)) THEN 'may not become it' END), NULL, false
    FROM pg_auth_members AS a JOIN roles AS m ON m.oid = a.member JOIN roles AS g ON g.oid = a.roleid
   WHERE NOT m.engines GROUP BY m.rolname, g.rolname
  UNION ALL
  SELECT 'owner of ' || o.kind, o.parts, o.tail, coalesce(r.rolname::text, 'nobody'), NULL, false
    FROM owned AS o LEFT JOIN roles AS r ON r.oid = o.owner WHERE o.kind <> 'column'
  UNION ALL
  -- What an owner may do goes without saying.
  SELECT 'grant on ' || o.kind, o.parts, o.tail || ' to ' || coalesce(quote_ident(r.rolname), 'PUBLIC'),
         string_agg(DISTINCT lower(x.privilege_type) || CASE WHEN x.is_grantable THEN ' (and pass it on)' ELSE '' END, ', '), NULL, false
    FROM owned AS o CROSS JOIN LATERAL aclexplode(o.rights) AS x LEFT JOIN roles AS r ON r.oid = x.grantee
   WHERE x.grantee <> o.owner AND coalesce(NOT r.engines, true)
   GROUP BY o.kind, o.parts, o.tail, r.rolname
  UNION ALL
  SELECT 'default privileges of', ARRAY[w.rolname::text],
         concat(' on ', CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'routines' WHEN 'T' THEN 'types'
                          WHEN 'n' THEN 'schemas' ELSE d.defaclobjtype::text END, ' in ' || quote_ident(n.nspname), ' to ',
                coalesce(quote_ident(r.rolname), 'PUBLIC')),
         string_agg(DISTINCT lower(x.privilege_type) || CASE WHEN x.is_grantable THEN ' (and pass it on)' ELSE '' END, ', '), NULL, false
    FROM pg_default_acl AS d JOIN roles AS w ON w.oid = d.defaclrole LEFT JOIN pg_namespace AS n ON n.oid = d.defaclnamespace
   CROSS JOIN LATERAL aclexplode(d.defaclacl) AS x LEFT JOIN roles AS r ON r.oid = x.grantee
   WHERE NOT w.engines
   GROUP BY w.rolname, d.defaclobjtype, n.nspname, r.rolname
  UNION ALL
  -- A setting of an application's own (app.token) may be a secret.
  SELECT 'setting', ARRAY[]::text[],
         concat_ws(' ', '', split_part(s.line, '=', 1), 'of ' || quote_ident(r.rolname), CASE WHEN c.setdatabase <> 0 THEN 'in this database' END),
         '', substr(s.line, strpos(s.line, '=') + 1), strpos(split_part(s.line, '=', 1), '.') > 0
    FROM pg_db_role_setting AS c LEFT JOIN roles AS r ON r.oid = c.setrole CROSS JOIN LATERAL unnest(c.setconfig) AS s (line)
   WHERE coalesce(NOT r.engines, true)
     AND (c.setdatabase = 0 OR c.setdatabase = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database()))
  UNION ALL
  SELECT 'extension', ARRAY[e.extname::text], '', concat(e.extversion, ' in ', quote_ident(n.nspname)), NULL, false
    FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace)
