"""Handwriting: letters of real hands, drawn again stroke by stroke, with marks of the pen.

Fonts made of real hands seldom hold Vietnamese, and the neat ones that do are print. So only the
base letters are taken from fonts: :mod:`skeleton` finds the pen's way in them, :mod:`marks` draws
circumflexes, horns and tones as writers do, :mod:`writer` places, joins and bends them all.
"""
