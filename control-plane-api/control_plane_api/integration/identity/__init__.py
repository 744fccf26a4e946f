"""People who come with a browser: login at the OIDC issuer, and the server-side session that follows."""
