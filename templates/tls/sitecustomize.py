# Loaded by the interpreter that runs certbot. Authorities refuse a request whose nonce they have forgotten, and hand out a new one with
# the refusal (RFC 8555, 6.5). Certbot tries again once, and gives the whole certificate up at the second refusal in a row.
try:
    from acme import client, messages

    _post_once = client.ClientNetwork._post_once

    def _patient_post(self, *args, **kwargs):
        for left in range(15, -1, -1):
            try:
                return _post_once(self, *args, **kwargs)
            except messages.Error as error:
                if left == 0 or error.code != "badNonce":
                    raise

    client.ClientNetwork._post_once = _patient_post
except Exception:  # another certbot than those that we know works as it does
    pass
