"""What several tests share: helpers, cases to draw from, right and wrong answers."""
