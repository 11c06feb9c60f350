-- Up Migration

-- Until a table is analysed, PostgreSQL takes any column for one with 200 values. So it expects to find next to nothing in a workspace, and statements that
-- know session and attempt as well read all rows of their workspace instead; their plans are kept until the table is analysed. Told the truth, that a
-- workspace may have all rows, it looks rows up by their whole keys from the beginning. Before PostgreSQL 18 nothing can be told.
DO $$
DECLARE young record;
BEGIN
  IF current_setting('server_version_num')::int < 180000 THEN RETURN; END IF;
  FOR young IN
    SELECT nspname, relname FROM pg_class
    JOIN pg_namespace ON pg_namespace.oid = relnamespace
    JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'workspace'
    WHERE nspname = current_schema() AND relkind = 'r' AND reltuples <= 0
  LOOP
    PERFORM pg_restore_attribute_stats('schemaname', young.nspname::text, 'relname', young.relname::text, 'attname', 'workspace', 'inherited', false,
                                       'null_frac', 0::real, 'avg_width', 10, 'n_distinct', 1::real);
  END LOOP;
END $$;
