"""Small classes that the loop calls, each one idea."""
