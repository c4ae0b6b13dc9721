-- One row a message. Check-ins that got a reply are short conversations of their own: what the product asked, the user's
-- reflection, the reply.
SELECT
  c.user_id,
  c.conversation_id,
  m.position,
  m.role,
  m.content,
  m.created_at,
  c.kind,
  c.scenario,
  c.language,
  (SELECT p.relationship_stage FROM partners p
   WHERE p.user_id = c.user_id ORDER BY p.since DESC, p.partner_id LIMIT 1) AS relationship_stage,
  c.completed
FROM conversations c
JOIN messages m ON m.conversation_id = c.conversation_id

UNION ALL

SELECT
  k.user_id,
  k.check_in_id,
  n.position,
  CASE n.position WHEN 1 THEN 'user' ELSE 'assistant' END,
  CASE n.position WHEN 0 THEN k.prompt WHEN 1 THEN k.reflection ELSE k.reply END,
  k.created_at,
  'reflection',
  NULL,
  u.language,
  NULL,
  NULL
FROM check_ins k
JOIN users u ON u.user_id = k.user_id
CROSS JOIN (SELECT 0 AS position UNION ALL SELECT 1 UNION ALL SELECT 2) n
WHERE k.reply IS NOT NULL
