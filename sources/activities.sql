-- Exercises and how satisfied the user was (0 to 10).
SELECT user_id, created_at, conversation_id, satisfaction, completed FROM activities
