-- Everybody who must never be read, and why; the reasons are counted in the report. Of whose account is gone nobody can say
-- whether they consented, and redaction would not know their names.
SELECT user_id, consent AS reason FROM users WHERE consent <> 'granted'
UNION ALL
SELECT DISTINCT conversations.user_id, 'account_deleted' AS reason FROM conversations
WHERE conversations.user_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM users WHERE users.user_id = conversations.user_id)
