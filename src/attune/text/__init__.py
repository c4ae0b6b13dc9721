"""Operations on a text: what makes two texts the same text."""
