"""Options of the command line: derived from config classes (`derive`), and groups that only
commands have.
"""
