"""What may happen: the law and each agency's own rules, as data read into frozen types that check themselves."""
