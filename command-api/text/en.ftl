### Letters, in English. Plain words; British spelling; no exclamation marks.

letter-subject = Your booking: { $title }
letter-hello = Hello { $name },
letter-hello-nobody = Hello,
letter =
    { $hello }

    your booking is paid.

    { $title }
    { $when }
    { $place }

    { $lines }

    Total, fees included: { $total }
    Booking reference: { $reference }

    Your booking, with what you need at the door:
    { $link }

    Whoever has this link can see and cancel the booking: keep this letter to yourself.
letter-when = { $day }, { $time } ({ $place } time)
letter-when-open = { $day }, time to be confirmed
letter-seat = Seat { $seat } ({ $category })
letter-places = { $count } × { $area } ({ $category })
