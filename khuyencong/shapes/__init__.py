"""What programs read: the JSON shapes of proposals, actions, history and deadlines."""
