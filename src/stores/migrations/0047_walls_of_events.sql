-- A database that had the walls (0030) before there were events (0029) got tables and triggers without them. It changes nothing elsewhere.
SELECT orchestra_protect(known::regclass)
FROM unnest(ARRAY['workspace_events', 'event_floors', 'session_events', 'agent_events', 'health_events', 'agents']) AS known;
