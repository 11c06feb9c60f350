-- Workspaces that somebody has made, and those that had something before there was this table. Another one needs no row to work in.
CREATE TABLE workspaces (
  workspace  text PRIMARY KEY,
  title      text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  created_by text
);
INSERT INTO workspaces (workspace)
SELECT workspace FROM sessions UNION SELECT workspace FROM agents UNION SELECT workspace FROM api_tokens UNION SELECT workspace FROM workspace_settings;

-- `subject`: of a person's JWT, its `sub`; the role is what that person may do in the workspace.
CREATE TABLE workspace_members (
  workspace text NOT NULL,
  subject   text NOT NULL,
  role      text NOT NULL CHECK (role IN ('viewer', 'user', 'agent-manager', 'admin')),
  added_at  timestamptz NOT NULL DEFAULT now(),
  added_by  text NOT NULL,
  PRIMARY KEY (workspace, subject)
);
CREATE INDEX workspace_members_by_subject ON workspace_members (subject);

SELECT orchestra_protect('workspaces'), orchestra_protect('workspace_members');

-- It was made without knowing of the walls.
SELECT orchestra_protect('learned_handovers');
