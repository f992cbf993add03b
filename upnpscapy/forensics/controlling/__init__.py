"""Action calls, subscriptions and events, from the exchanges that carry them."""
