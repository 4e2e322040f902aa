"""The consent pages that all four logins share: who is at the browser, and what they allow."""
