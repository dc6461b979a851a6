-- Every object of the schema $2, or of every schema that is not the engine's own.
-- Asked with nothing but the catalogue in the search path, so that a definition names every other schema.
WITH brought AS MATERIALIZED (
  SELECT d.classid, d.objid FROM pg_depend AS d WHERE d.deptype = 'e'),
schemas AS MATERIALIZED (
  SELECT n.oid, n.nspname::text AS schema
    FROM pg_namespace AS n
   WHERE CASE WHEN $2::text IS NULL
              THEN n.nspname NOT IN ('information_schema', 'rdsadmin', 'rds_tools') AND n.nspname !~ '^pg_'
              ELSE n.nspname = $2::text END
     AND NOT EXISTS (SELECT FROM brought AS b WHERE b.classid = 'pg_namespace'::regclass AND b.objid = n.oid)),
relations AS MATERIALIZED (
  SELECT c.oid, s.schema, c.relname::text AS name, c.relkind, c.relpersistence, c.relispartition, c.relrowsecurity,
         c.relforcerowsecurity, c.relreplident, c.relispopulated, c.relpartbound, c.reloptions
    FROM pg_class AS c JOIN schemas AS s ON s.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c') AND c.relpersistence <> 't'
     AND NOT EXISTS (SELECT FROM brought AS b WHERE b.classid = 'pg_class'::regclass AND b.objid = c.oid)),
objects (kind, parts, tail, words, body, hidden) AS (
  SELECT 'schema', ARRAY[s.schema], '', 'schema', NULL::text, false FROM schemas AS s
  UNION ALL
  -- The columns in order: a table whose columns changed places is another table to whoever copies rows into it.
  SELECT 'table', ARRAY[r.schema, r.name], '',
         concat_ws(', ',
           CASE r.relpersistence WHEN 'u' THEN 'unlogged ' ELSE '' END
             || CASE r.relkind WHEN 'f' THEN 'foreign table' WHEN 'p' THEN 'table partitioned by ' || pg_get_partkeydef(r.oid)
                               ELSE 'table' END,
           CASE WHEN r.relrowsecurity THEN 'row security' END,
           CASE WHEN r.relforcerowsecurity THEN 'row security also for its owner' END,
           CASE r.relreplident WHEN 'n' THEN 'no replica identity' WHEN 'f' THEN 'full replica identity'
                               WHEN 'i' THEN 'replica identity by index' END,
           (SELECT 'with ' || string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(r.reloptions) AS o),
           (SELECT 'inherits ' || string_agg(format('%I.%I', n.nspname, p.relname), ', ' ORDER BY i.inhseqno)
              FROM pg_inherits AS i JOIN pg_class AS p ON p.oid = i.inhparent JOIN pg_namespace AS n ON n.oid = p.relnamespace
             WHERE i.inhrelid = r.oid)),
         (SELECT 'of ' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
            FROM pg_attribute AS a WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped),
         false
    FROM relations AS r WHERE r.relkind IN ('r', 'p', 'f') AND NOT r.relispartition
  UNION ALL
  -- What a partition has from its parent is told of its parent.
  SELECT 'partition', ARRAY[r.schema, r.name], '',
         concat_ws(', ', CASE r.relpersistence WHEN 'u' THEN 'unlogged' END, CASE r.relkind WHEN 'f' THEN 'foreign table' END,
           (SELECT format('of %I.%I', n.nspname, p.relname)
              FROM pg_inherits AS i JOIN pg_class AS p ON p.oid = i.inhparent JOIN pg_namespace AS n ON n.oid = p.relnamespace
             WHERE i.inhrelid = r.oid),
           CASE r.relkind WHEN 'p' THEN 'partitioned by ' || pg_get_partkeydef(r.oid) END),
         pg_get_expr(r.relpartbound, r.oid), false
    FROM relations AS r WHERE r.relispartition AND r.relkind IN ('r', 'p', 'f')
  UNION ALL
  SELECT 'column', ARRAY[r.schema, r.name, a.attname::text], '',
         concat_ws(' ', format_type(a.atttypid, a.atttypmod),
           (SELECT format('collate %I.%I', cn.nspname, co.collname)
              FROM pg_collation AS co JOIN pg_namespace AS cn ON cn.oid = co.collnamespace
              JOIN pg_type AS t ON t.oid = a.atttypid
             WHERE co.oid = a.attcollation AND a.attcollation <> t.typcollation),
           CASE WHEN a.attnotnull THEN 'not null' ELSE 'null' END,
           CASE a.attidentity WHEN 'a' THEN 'identity' WHEN 'd' THEN 'identity by default' END,
           CASE a.attgenerated WHEN '' THEN NULL WHEN 'v' THEN 'generated when read' ELSE 'generated' END,
           CASE WHEN d.adbin IS NOT NULL AND a.attgenerated = '' THEN 'default' END),
         pg_get_expr(d.adbin, d.adrelid), false
    FROM relations AS r JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE r.relkind IN ('r', 'p', 'f') AND NOT r.relispartition
  UNION ALL
  -- NOT NULL is told of its column, in the versions that keep it as a constraint too.
  SELECT CASE k.contype WHEN 'c' THEN 'check' ELSE 'key' END, ARRAY[r.schema, r.name, k.conname::text], '',
         CASE WHEN EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgconstraint = k.oid AND t.tgisinternal AND t.tgenabled = 'D')
              THEN 'not enforced, triggers disabled:' ELSE '' END,
         pg_get_constraintdef(k.oid), false
    FROM relations AS r JOIN pg_constraint AS k ON k.conrelid = r.oid
   WHERE k.contype IN ('p', 'u', 'f', 'x', 'c') AND k.conparentid = 0 AND (k.conislocal OR NOT r.relispartition)
  UNION ALL
  SELECT 'index', ARRAY[r.schema, i.relname::text], '',
         CASE WHEN x.indisvalid AND x.indisready AND x.indislive THEN '' ELSE 'INVALID' END, pg_get_indexdef(i.oid), false
    FROM relations AS r JOIN pg_index AS x ON x.indrelid = r.oid JOIN pg_class AS i ON i.oid = x.indexrelid
   WHERE NOT i.relispartition
     AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))
  UNION ALL
  SELECT CASE r.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, ARRAY[r.schema, r.name], '',
         concat_ws(', ', CASE WHEN r.relispopulated THEN 'view' ELSE 'view without its data' END,
           (SELECT 'with ' || string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(r.reloptions) AS o)),
         pg_get_viewdef(r.oid), true
    FROM relations AS r WHERE r.relkind IN ('v', 'm')
  UNION ALL
  SELECT 'sequence', ARRAY[r.schema, r.name], '',
         concat_ws(', ', format_type(q.seqtypid, NULL), 'by ' || q.seqincrement,
           format('from %s to %s', q.seqmin, q.seqmax), 'starting at ' || q.seqstart,
           CASE WHEN q.seqcache <> 1 THEN q.seqcache || ' at once' END, CASE WHEN q.seqcycle THEN 'cycling' END,
           CASE r.relpersistence WHEN 'u' THEN 'unlogged' END,
           (SELECT format('owned by %I.%I.%I', n.nspname, c.relname, a.attname)
              FROM pg_depend AS d JOIN pg_class AS c ON c.oid = d.refobjid JOIN pg_namespace AS n ON n.oid = c.relnamespace
              JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
             WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
               AND d.deptype IN ('a', 'i'))),
         NULL, false
    FROM relations AS r JOIN pg_sequence AS q ON q.seqrelid = r.oid
  UNION ALL
  SELECT 'routine', ARRAY[s.schema, p.proname::text], '(' || pg_get_function_identity_arguments(p.oid) || ')',
         concat_ws(' ', CASE p.prokind WHEN 'a' THEN 'aggregate' WHEN 'w' THEN 'window function' WHEN 'p' THEN 'procedure'
                                       ELSE 'function' END,
           'in', l.lanname, 'returning ' || pg_get_function_result(p.oid),
           CASE WHEN p.prosecdef THEN 'with its owner''s rights' END),
         CASE p.prokind WHEN 'a'
           THEN (SELECT concat_ws(' ', g.aggkind, g.aggtransfn::regprocedure, g.aggfinalfn::regprocedure,
                                  format_type(g.aggtranstype, NULL), g.aggcombinefn::regprocedure, g.agginitval)
                   FROM pg_aggregate AS g WHERE g.aggfnoid = p.oid)
           ELSE pg_get_functiondef(p.oid) END, true
    FROM schemas AS s JOIN pg_proc AS p ON p.pronamespace = s.oid JOIN pg_language AS l ON l.oid = p.prolang
   WHERE NOT EXISTS (SELECT FROM brought AS b WHERE b.classid = 'pg_proc'::regclass AND b.objid = p.oid)
     -- The functions that a range type makes for itself
     AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
  UNION ALL
  SELECT 'trigger', ARRAY[r.schema, r.name, t.tgname::text], '',
         CASE t.tgenabled WHEN 'D' THEN 'disabled:' WHEN 'R' THEN 'on replicas:' WHEN 'A' THEN 'always:' ELSE '' END,
         pg_get_triggerdef(t.oid), false
    FROM relations AS r JOIN pg_trigger AS t ON t.tgrelid = r.oid
   WHERE NOT t.tgisinternal AND coalesce(to_jsonb(t) ->> 'tgparentid', '0') = '0'
  UNION ALL
  SELECT 'type', ARRAY[s.schema, t.typname::text], '',
         CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'r' THEN 'range' WHEN 'c' THEN 'row' WHEN 'b' THEN 'base type'
           ELSE concat_ws(' ', 'domain over', format_type(t.typbasetype, t.typtypmod), CASE WHEN t.typnotnull THEN 'not null' END)
         END,
         CASE t.typtype
           WHEN 'e' THEN (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                            FROM pg_enum AS e WHERE e.enumtypid = t.oid)
           WHEN 'r' THEN (SELECT 'of ' || format_type(g.rngsubtype, NULL) FROM pg_range AS g WHERE g.rngtypid = t.oid)
           WHEN 'c' THEN (SELECT 'of ' || string_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod)),
                                                     ', ' ORDER BY a.attnum)
                            FROM pg_attribute AS a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
           WHEN 'b' THEN format('%s %s %s', t.typinput, t.typoutput, t.typlen)
           ELSE concat_ws(' ', 'default ' || t.typdefault,
                  (SELECT string_agg(format('%I %s', k.conname, pg_get_constraintdef(k.oid)), ' ' ORDER BY k.conname COLLATE "C")
                     FROM pg_constraint AS k WHERE k.contypid = t.oid AND k.contype = 'c'))
         END, false
    FROM schemas AS s JOIN pg_type AS t ON t.typnamespace = s.oid
   WHERE (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'b' AND t.typcategory <> 'A')
          OR (t.typtype = 'c' AND EXISTS (SELECT FROM relations AS r WHERE r.oid = t.typrelid AND r.relkind = 'c')))
     AND NOT EXISTS (SELECT FROM brought AS b WHERE b.classid = 'pg_type'::regclass AND b.objid = t.oid)
  UNION ALL
  SELECT 'policy', ARRAY[r.schema, r.name, p.polname::text], '',
         concat_ws(' ', CASE WHEN p.polpermissive THEN 'permits' ELSE 'restricts' END,
           CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END,
           'to', (SELECT string_agg(coalesce(quote_ident(a.rolname), 'PUBLIC'), ', ' ORDER BY a.rolname COLLATE "C")
                    FROM unnest(p.polroles) AS o (id) LEFT JOIN pg_roles AS a ON a.oid = o.id)),
         concat_ws(' ', 'using ' || pg_get_expr(p.polqual, p.polrelid), 'with check ' || pg_get_expr(p.polwithcheck, p.polrelid)),
         false
    FROM relations AS r JOIN pg_policy AS p ON p.polrelid = r.oid
  UNION ALL
  SELECT 'rule', ARRAY[r.schema, r.name, w.rulename::text], '',
         CASE w.ev_enabled WHEN 'D' THEN 'disabled rule' WHEN 'R' THEN 'rule on replicas' WHEN 'A' THEN 'rule, always' ELSE 'rule' END,
         pg_get_ruledef(w.oid), true
    FROM relations AS r JOIN pg_rewrite AS w ON w.ev_class = r.oid WHERE w.rulename <> '_RETURN'
  UNION ALL
  SELECT 'statistics', ARRAY[s.schema, x.stxname::text], '', '', pg_get_statisticsobjdef(x.oid), false
    FROM schemas AS s JOIN pg_statistic_ext AS x ON x.stxnamespace = s.oid
  UNION ALL
  SELECT 'operator', ARRAY[s.schema], format('.%s(%s, %s)', o.oprname, coalesce(format_type(nullif(o.oprleft, 0), NULL), 'none'),
                                             coalesce(format_type(nullif(o.oprright, 0), NULL), 'none')), 'by', o.oprcode::regproc::text, false
    FROM schemas AS s JOIN pg_operator AS o ON o.oprnamespace = s.oid
   WHERE NOT EXISTS (SELECT FROM brought AS b WHERE b.classid = 'pg_operator'::regclass AND b.objid = o.oid)
  UNION ALL
  SELECT 'collation', ARRAY[s.schema, c.collname::text], '',
         concat_ws(' ', CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'c' THEN 'libc' ELSE c.collprovider::text END,
           c.collcollate, to_jsonb(c) ->> 'colliculocale', to_jsonb(c) ->> 'colllocale',
           CASE WHEN NOT c.collisdeterministic THEN 'not deterministic' END), NULL, false
    FROM schemas AS s JOIN pg_collation AS c ON c.collnamespace = s.oid
   WHERE NOT EXISTS (SELECT FROM brought AS b WHERE b.classid = 'pg_collation'::regclass AND b.objid = c.oid)
  UNION ALL
  -- What has no schema is asked about with all of them.
  SELECT 'event trigger', ARRAY[e.evtname::text], '',
         concat_ws(' ', 'on', e.evtevent, CASE e.evtenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'on replicas' WHEN 'A' THEN 'always' END,
           'calls', e.evtfoid::regproc), array_to_string(e.evttags, ', '), false
    FROM pg_event_trigger AS e
   WHERE $2::text IS NULL AND pg_get_userbyid(e.evtowner) !~ '^rds'
     AND NOT EXISTS (SELECT FROM brought AS b WHERE b.classid = 'pg_event_trigger'::regclass AND b.objid = e.oid)
  UNION ALL
  SELECT 'publication', ARRAY[p.pubname::text], '',
         concat_ws(' ', 'of', CASE WHEN p.puballtables THEN 'every table:' END, CASE WHEN p.pubinsert THEN 'insert' END,
           CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END),
         (SELECT 'in ' || string_agg(format('%I.%I', t.schemaname, t.tablename), ', '
                                     ORDER BY t.schemaname COLLATE "C", t.tablename COLLATE "C")
            FROM pg_publication_tables AS t WHERE t.pubname = p.pubname AND NOT p.puballtables), false
    FROM pg_publication AS p WHERE $2::text IS NULL
  UNION ALL
  SELECT 'server', ARRAY[v.srvname::text], '', 'foreign server of ' || quote_ident(w.fdwname), array_to_string(v.srvoptions, ', '), true
    FROM pg_foreign_server AS v JOIN pg_foreign_data_wrapper AS w ON w.oid = v.srvfdw WHERE $2::text IS NULL)
