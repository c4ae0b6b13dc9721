-- What the database knows people by: one row a name or identifier, as often as there are any.
-- person: user, partner or other. kind: name, email, phone, address, city, employer or school. Rows without a value are skipped.
SELECT user_id, 'user' AS person, 'name' AS kind, name AS value FROM users
UNION ALL SELECT user_id, 'user', 'name', nickname FROM users
UNION ALL SELECT user_id, 'user', 'email', email FROM users
UNION ALL SELECT user_id, 'user', 'phone', phone FROM users
UNION ALL SELECT user_id, 'user', 'address', street_address FROM users
UNION ALL SELECT user_id, 'user', 'city', city FROM users
UNION ALL SELECT user_id, 'user', 'employer', employer FROM users
UNION ALL SELECT user_id, 'user', 'school', school FROM users
UNION ALL SELECT user_id, 'partner', 'name', name FROM partners
UNION ALL SELECT user_id, 'partner', 'name', nickname FROM partners
UNION ALL SELECT user_id, 'partner', 'email', email FROM partners
UNION ALL SELECT user_id, 'partner', 'phone', phone FROM partners
UNION ALL SELECT user_id, 'partner', 'employer', employer FROM partners
