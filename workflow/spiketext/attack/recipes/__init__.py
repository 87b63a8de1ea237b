"""Attack recipes: the recipe `some-name` of the catalogue is built by the module `some_name` of this room.

Such a module has `build(victim, manifests)`, which makes a `textattack.Attack` on a
`spiketext.attack.victim.Victim` from the resources whose manifests are given, and `show(text)` where its
attack takes something else than the text itself.

The modules import TextAttack, so they are imported while `preflight.textattack_for` is open, and not before.
"""

ROOM = "attack.recipes"  # for `spiketext.kinds`
