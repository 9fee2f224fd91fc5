"""The sandbox: invented people, historical and invented proposals, run through the very use cases of the product."""
