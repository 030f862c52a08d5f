"""What the organization wants to reach: a plain list that teams and intros point to.

Rules: an admin adds a goal; its owner and the admins keep it. The owner is somebody who works here, or nobody. How it
stands is said in words with the day they were written, never as a bar. A goal that is reached or given up is closed,
and can be opened again. Its address is made from the first title and kept for good. Guests see none.

Tables: goal. Publishes: GoalAdded, GoalChanged. Listens: PersonLeft.
"""
