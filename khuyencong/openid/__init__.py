"""OpenID Connect (Core 1.0, authorization code with PKCE): people whom a province's single sign-on vouches for."""
