"""What each page of the working document shows: one frozen class for each template in ``templates/working``.

Every template takes its class as ``page``; forms take ``values`` (``forms.Shown``) and ``errors`` as well. No database,
no rule and no clock in here: whoever answers a request fills these in. Words in them are finished sentences.
"""
