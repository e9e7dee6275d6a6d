"""What docwatch knows as web pages: live by `docwatch serve`, as files by `docwatch export --format html`."""
