"""A page in the browser to label lines and pages with: every action is kept before it counts."""
