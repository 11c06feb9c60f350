-- Up Migration

-- What a workspace says about routing and limits, by key; what it does not say has its default.
CREATE TABLE workspace_settings (
  workspace  text PRIMARY KEY,
  options    jsonb NOT NULL DEFAULT '{}',
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- The weight of a workspace is a setting; here is only when it was granted something.
INSERT INTO workspace_settings (workspace, options)
SELECT workspace, jsonb_build_object('share', weight) FROM workspace_shares WHERE weight <> 1;
ALTER TABLE workspace_shares DROP COLUMN weight;

-- Processes that keep settings at hand read them again.
CREATE FUNCTION settings_were_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('orchestra_settings', jsonb_build_array(NEW.workspace)::text);
  RETURN NULL;
END $$;
CREATE TRIGGER settings_tell AFTER INSERT OR UPDATE ON workspace_settings FOR EACH ROW EXECUTE FUNCTION settings_were_changed();
