# ruff: noqa: E501 - expressions and word lists stay on the line where they can be read as one
"""Sentences of chats and counselling without names: negative examples for the name model."""

from __future__ import annotations

ORDINARY = """
I have been feeling really (anxious|low|off|tired) lately and I don't know (why|what to do about it|who to talk to).
We have been together for {n} years and (have|we have) two (kids|children|dogs|cats).
My husband spends all his time (on his phone|playing video games|at work|with his friends) and never (talks to me|helps with the kids|asks how I am).
Every time I try to talk to (him|her|them) about it, (he|she) (shuts down|walks away|gets defensive|starts yelling|changes the subject).
(He|She) says (he|she) loves me but (his|her) actions say otherwise.
I found (texts|messages|photos|emails) on (his|her) phone from another (woman|man|girl|guy).
Is it (normal|okay|wrong|healthy) to feel (jealous|angry|nothing|relieved) after a breakup?
We (sleep|slept|have been sleeping) in separate (rooms|beds) for months now.
I want to (save|end|work on) this (marriage|relationship) but I can't do it alone.
How can I (rebuild trust|move on|forgive him|stop overthinking|set boundaries|talk to my parents about this)?
Sometimes I feel like I'm (walking on eggshells|going crazy|not good enough|the only one trying|invisible).
The kids (notice|see|hear) everything, and I (hate|worry about) what it does to them.
I grew up in a (strict|religious|broken|loud|big) family where (nobody|no one) talked about feelings.
My mother (criticizes|controls|compares) everything I do, and my father just (sits there|drinks|agrees).
I was (abused|bullied|neglected|adopted) as a child and it still (affects|haunts|bothers) me.
Thank you for (listening|your time|being so kind|the advice). It (helps|means a lot|gives me hope).
It sounds like you are (carrying a lot|in a difficult place|doing your best|feeling torn). What would (help|feel right) right now?
What do you (notice|feel|think) when (that|this) happens? Where do you feel it in your body?
You might (try|consider|start with) a (short|gentle|weekly) check-in where each of you (speaks|shares) for five minutes without interruption.
Use "I" statements: I feel hurt when plans change at the last minute.
Many couples find that a (walk|date night|shared hobby|screen-free dinner) helps them (reconnect|talk|slow down).
If you are in danger, call your local emergency number or a crisis line right away.
Remember that (healing|change|trust) takes time, and it is okay to (ask for help|take a break|feel what you feel).
ok so (today|last night) was (awful|better|weird|a mess). we (fought|argued) over (the dishes|money|nothing|his mom) again
idk what to do anymore lol. (he|she) left me on read for {n} hours
she's always on (insta|tiktok|her phone) and i feel like a ghost
he was my first love and i (still think about|miss) him every day
i feel so stupid for (trusting|believing|going back to) him
we met (online|on tinder|at a party|in college|through friends) and it was (great|perfect|intense) at first
my ex keeps (calling|texting|showing up) and i'm (scared|tired|confused)
i cant sleep, i cant eat, i just (cry|lie there|scroll)
my therapist thinks i should (journal|go on meds|wait|leave)
we went to (church|the beach|a concert|the doctor|dinner) on (Sunday|saturday|friday) and didn't speak
He will (never|probably|always) change. Will I ever be (happy|enough|over it)? I may be wrong.
I hope (so|not|this helps|it gets better). May I ask you something? Mark this as done.
Grace is something I need to give myself. Faith got me through. Joy feels far away.
By the (summer|spring|fall|end of May) I want to feel (stronger|better|like myself).
Our anniversary is in (June|April|August|October) and I dread it.
I'm a (nurse|teacher|veteran|student|stay-at-home mom|manager) and I work (nights|from home|two jobs|weekends).
The doctor put me on (Zoloft|Lexapro|Prozac|something new) and it (helps|makes me sleepy|does nothing).
I have (ADHD|PTSD|OCD|anxiety|depression) and my partner doesn't (get|understand|believe) it.
My partner is (Muslim|Jewish|Catholic|Hindu|Korean|German|Mexican|Indian) and my parents (disapprove|don't accept it|are against it).
(Christmas|Thanksgiving|Easter|Ramadan|Mother's Day|Valentine's Day) is coming and I don't want to (go home|see them|pretend).
We are thinking about (counseling|divorce|a break|moving in|having a baby|opening the relationship).
Long distance is (hard|killing us|new to me). We (talk|facetime|text) every night but it's not the same.
(Honestly|Lately|Now|Then|So|Anyway), I just want (peace|space|someone to listen|an answer|my life back).
First, (breathe|take a step back|write it down). Second, (ask|tell|listen). Third, (rest|decide|repeat).
There is no (rush|shame|right answer|excuse) here. (Take|Give it) your time.
I don't trust (men|women|people|anyone|myself) anymore after what happened.
my bf forgot my bday (again|smh|and went out with the boys|lol)
the way he (looks at|talks to|treats) me makes me feel (small|ugly|safe|loved)
(she|he) wants kids and i (don't|dont|do|might)
i (love|hate) my job but my boss is (toxic|a nightmare|sweet|on my back)
i'm {n} and i've never (dated|been kissed|had a boyfriend|lived alone)
his family (hates|ignores|judges) me because i'm not (religious|rich|white|from here)
I feel guilty (when|if) I (say no|rest|spend money|leave the baby).
Our sex life is (dead|boring|fine|complicated) and neither of us (brings it up|knows why).
I am a Christian and I (believe|pray|feel) that God (has a plan|hears me|is silent).
He watches (porn|football|YouTube|Netflix) all (night|weekend|day long) instead of (coming to bed|talking to me).
We moved to a new (city|house|country|school) and I have no (friends|family|support) here.
Do you have any (advice|tips|thoughts|suggestions)? Please help. Any advice would be (great|appreciated).
(Thanks|Ok|Okay|Yes|No|Right|Sure|Great|Hmm|Well), (that makes sense|I'll try that|I see|let me think|it depends|not really).
you deserve (better|respect|kindness|rest). you are not alone.
(Trust|Love|Respect|Honesty|Patience|Communication) is (earned|everything|a two-way street|the foundation) in a relationship.
this (week|month|year) has been (hell|rough|better|a blur) and (work|school|everything) is (too much|piling up)
(Setting|Holding|Keeping) boundaries is not (selfish|mean|easy|optional).
the (rose|lily|ivy|holly|daisy|olive|violet|heather|jasmine) in our garden (died|bloomed|reminds me of her)
we had a (rich|frank|long|brief|warm|stern) talk about (bills|faith|the will|his temper|art|cash|chores)
don't (rob|sue|chase|pat|nick|mark|bill|grant|skip|rush) (me|him|her|it|yourself) just because of (that|money|pride)
no one (knows|asked|cares|told me) and that (hurts|stings|is fine|breaks my heart)
Grief comes in waves; (some days|mornings|evenings) are harder than others.
Have you ever (felt|thought|wondered|noticed) that (you|we|they) (deserve|need|want) more?
(Cognitive Behavioral Therapy|Couples Counseling|Emotionally Focused Therapy|Family Therapy) can help you (see patterns|talk safely|heal).
Licensed Clinical Social Worker, (Marriage and Family Therapist|Certified Life Coach|Professional Counselor)
Hope this helps! Best of luck. Wishing you (well|peace|all the best|strength). Take (good|) care.
""".strip()
