"""The web application, asked as a browser asks it."""
