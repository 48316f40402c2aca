echo "this has no first line"
# status: degraded
# console: Unhandled non-multipart (text/x-not-multipart) userdata
