-- Ratings (1 to 5), helpfulness votes and outcome reports.
SELECT user_id, conversation_id, created_at, rating, helpful, action_taken, outcome FROM feedback
