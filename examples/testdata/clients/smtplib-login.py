"""Mail with Python's smtplib, which chooses how to log in: smtplib-login.py HOST PORT NAME PASSWORD N"""
import smtplib
import ssl
import sys

host, port, name, password, n = sys.argv[1:]
context = ssl._create_unverified_context()  # the certificate is the server's own
with smtplib.SMTP(host, int(port)) as s:
    try:
        s.login(name, password)
        sys.exit("logged in without TLS")
    except smtplib.SMTPNotSupportedError:
        pass
    s.starttls(context=context)
    try:
        s.login(name, password + "x")
        sys.exit("logged in with a wrong password")
    except smtplib.SMTPAuthenticationError as e:
        assert e.smtp_code == 535, e
    s.login(name, password)
    for i in range(int(n)):
        s.sendmail("me@example.com", ["you@example.com"], b"Subject: mail %d\r\n\r\n.\r\nhello\r\n" % i)
with smtplib.SMTP(host, int(port)) as s:  # the other way to log in
    s.starttls(context=context)
    s.ehlo()
    s.user, s.password = name, password
    assert s.auth("LOGIN", s.auth_login)[0] == 235
print("done")
