-- The bell of every open page asks whether an emergency waits and which is the newest: it reads the few of the last days, and not those of all years.

CREATE INDEX grants_emergency_newest ON grants (created_at DESC) WHERE kind = 'emergency';
COMMENT ON INDEX grants_emergency_newest IS 'emergencies.ts toldCount, toldTo: what was opened lately.';
