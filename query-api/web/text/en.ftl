### What the site says, in English. Plain words; British spelling; no exclamation marks.

site-name = Aisle
site-description = Find events, choose your seats on the map and buy tickets.
skip = Skip to the content
skip-to-seats = Skip to the seats
skip-to-places = Skip to the places

nav-label = Main
nav-events = Events
nav-bookings = My bookings
nav-sign-in = Sign in
nav-account = Your account

footer-test = Test shop.
footer-test-text = Payments go to a test provider: no money moves and no ticket is real.
footer-api = HTTP interface

to-events = To the events
to-home = To the front page
more-events = More events
choose-again = Choose again

## Numbers; those of money and dates are where all sides have them

number = { $count }
tickets = { $count ->
    [one] { $count } ticket
   *[other] { $count } tickets
}
price-from = from { $price }
date-time-open = { $day }, time to be confirmed

## The front page

home-title = Tickets
home-heading = Good seats, fairly sold
home-lead = { $count ->
    [0] Nothing is on sale just now.
    [one] One event is on sale.
   *[other] { $count } events are on sale. Choose your own seats and see the full price from the start.
}
home-kinds = Kinds of events
home-soon = On soon
home-all-soon = All by date
home-popular = Popular
home-all-popular = All by popularity
home-places = By city
home-nothing = Nothing is on sale
home-nothing-text = As soon as an event goes on sale it is listed here.

## Search

search-title = Events
search-title-for = Events for “{ $words }”
search-words = Search for events
search-placeholder = Team, artist, venue or city
search-suggestions = Suggestions
search-do = Search
search-refine = Dates, place, price and order
search-from = From
search-until = Until
search-place = Place
search-place-hint = City or country code
search-price = Price up to
search-price-hint = 50
search-sort = Order
search-available = Only with free seats
search-narrow = Narrow down
search-chosen = Narrowed down to
search-drop = Drop
search-from-day = from { $day }
search-until-day = until { $day }
search-up-to = up to { $price }
search-count = { $count ->
    [one] { $count } event
   *[other] { $count } events
}
search-count-for = { $count ->
    [one] { $count } event for “{ $words }”
   *[other] { $count } events for “{ $words }”
}
search-nothing = Nothing found
search-nothing-text = Try fewer words, other dates or another place. Small typing errors are forgiven.
search-wider = Search more widely
search-everything = Show all events
search-pages = Pages
search-first = First page
search-next = Next page
sort-relevance = Best match
sort-date = Soonest first
sort-popularity = Most popular
sort-price = Cheapest first
sort-dear = Dearest first
facet-category = Kind
facet-month = Month
facet-city = City
facet-series = Series
facet-performer = Who
facet-venue = Venue
suggest-performer = performer
suggest-venue = venue
suggest-city = city
suggest-series = series
suggest-count = { $count ->
    [one] { $count } event
   *[other] { $count } events
}

## An event

event-description = { $title }, { $day }, { $place }. Choose your seats and buy tickets.
event-description-places = { $title }, { $day }, { $place }. Buy tickets.
event-when = When
event-where = Where
event-who = Who
event-price = Price
event-zone = { $place } time
event-time-open = time to be confirmed
event-calendar = Add to calendar
event-fees-included = per ticket, fees included
event-choose = Choose your seats
event-left = { $count ->
    [0] No seats are free.
    [one] One seat is free.
   *[other] { $count } seats are free.
}
event-left-places = { $count ->
    [0] No places are free.
    [one] One place is free.
   *[other] { $count } places are free.
}
event-left-both = { $count ->
    [0] No seats and no places are free.
    [one] One seat or place is free.
   *[other] { $count } seats and places are free.
}
event-limit = { $count ->
    [one] One ticket for each buyer.
   *[other] Up to { $count } tickets for each buyer.
}
event-prices = Prices, fees included
event-category = Category
event-fee = Each price includes a booking fee of { $fee }. Nothing is added later.

sale-draft = Draft
sale-draft-text = Only you can see this event. Publish it to show it to everybody.
sale-soon = Not on sale yet
sale-soon-text = The sale has not begun yet.
sale-opens = The sale opens on { $moment }, { $place } time.
sale-open = On sale
sale-available = Available
sale-few = Few left
sale-closes = The sale ends on { $moment }, { $place } time.
sale-sold-out = Sold out
sale-sold-out-text = Everything is taken at the moment. What others hold may come back within minutes.
sale-paused = Sale paused
sale-paused-text = The sale rests for now. What is already held can still be paid.
sale-closed = Sale ended
sale-closed-text = The sale has ended. What is already held can still be paid.
sale-begun = Started
sale-begun-text = This event has already started.
sale-cancelled = Called off
sale-cancelled-text = This event was called off: { $reason } Every booking is refunded.

## The list of seats

seats-heading = Choose your seats
seats-heading-closed = Seats
seats-heading-places = Choose your places
seats-section = Section
seats-show = Show
seats-of-section = Seats of this section
seats-hold = Hold these seats
seats-accessible = One of us needs an accessible place
seats-best = Best available
seats-tickets = Tickets
seats-category = Category
seats-any-category = Any category
seats-apart = Need not be side by side
seats-accessible-places = Accessible places
seats-hold-best = Hold the best seats
seats-without-seat = Without a numbered seat
seats-area = Area
seats-hold-area = Hold these places
seats-part = { $name } – { $count } free
seats-part-from = { $name } – { $count } free, from { $price }
seats-part-full = { $name } – nothing left
seats-fees = Prices include all fees.
seats-all = All seats
seats-rows = { $name }, rows { $first }–{ $last }
seats-one-row = { $name }, row { $first }
seats-row = Row { $row } · { $category } · { $price }
seats-no-row = { $category } · { $price }
seats-not-on-sale = not on sale
seats-held = held by somebody
seats-sold = sold
seats-full = full
seats-instead = { $count ->
    [one] The nearest like it that is free: { $seats }.
   *[other] The nearest like them, side by side: { $seats }.
}
seats-instead-apart = The nearest like them: { $seats }.
seats-instead-take = { $count ->
    [one] Hold it instead
   *[other] Hold these instead
}
seats-left = { $price }, { $count } left

## The seat map. All of `map-` goes to its scripts.

map-label = Seat map. Plus and minus zoom, the arrows move, 0 shows everything, Enter chooses the seat in the middle. All seats can also be chosen from the list.
map-failed = The seat map cannot be shown right now. You can still choose from the list.
map-zoom-in = Zoom in
map-zoom-out = Zoom out
map-zoom-fit = Show everything
map-legend = Legend of the map
map-legend-category = { $category } { $price }
map-legend-held = held, may come back
map-legend-sold = sold
map-legend-closed = not on sale
map-legend-chosen = your choice
map-filter = Show on the map
map-filter-price = Price
map-filter-any-price = Any price
map-filter-up-to = Up to { $price }
map-filter-together = Together
map-filter-accessible = Accessible places
map-filter-matches = { $count ->
    [one] { $count } seat matches
   *[other] { $count } seats match
}
map-take-best = { $count ->
    [one] Take the best seat
   *[other] Take the best { $count }
}
map-rows-hint = The arrow keys move from seat to seat.
map-state-free = free
map-state-held = held by somebody, may come back
map-state-sold = sold
map-state-closed = not on sale
map-state-unknown = not known yet
map-state-chosen = your choice
map-section-free = { $count } free
map-section-from = from { $price }
map-section-full = nothing left
map-seat-chosen = { $seat } chosen. { $tickets }, { $total }.
map-seat-dropped = { $seat } no longer chosen. { $tickets }, { $total }.
map-seat-state = { $seat }: { $state }
map-basket = Your seats
map-basket-empty = Choose seats on the map or from the list.
map-basket-remove = Remove { $seat }
map-basket-fee = of which fees { $fee }
map-limit = One buyer can have { $tickets } for this event.
map-taken = Somebody just took { $seats }.
map-offer = { $count ->
    [one] The nearest like it: { $seats }.
   *[other] The nearest like them, side by side: { $seats }.
}
map-offer-none = Nothing like it is left.
map-offer-take = { $count ->
    [one] Take it instead
   *[other] Take these instead
}
map-ask-again = Ask again
map-leave-it = Leave it
map-unanswered = Your last request was not answered. Ask again to see whether it holds tickets for you; it counts once.
map-holding = Holding your seats …
map-section-failed = The seats of this section could not be fetched. Please try again.
map-nothing-chosen = Please choose at least one seat.
map-no-answer = No answer from the server. Are you online? Asking again does not book or charge twice.
map-busy = Many people are here right now. Please try again in a moment.
map-server-failed = The server cannot do that at the moment. Trying again does not book or charge twice.

## A booking

steps-label = Steps
steps-chosen = { $things ->
    [places] Places
   *[seats] Seats
}
steps-pay = Payment
steps-done = Tickets

stage-things = { $things ->
    [places] places
   *[seats] seats
}
stage-held = Held for you
stage-held-lead = Your { stage-things } are kept until the time is up. Pay { $total } to make them yours.
stage-declined = Your card was declined
stage-declined-lead = { $reason } Nothing was charged, and your { stage-things } are still held. Try again or use another card.
stage-lapsed = The time is up
stage-lapsed-lead = Your { stage-things } go back on sale. Nothing was charged.
stage-paying = Payment on its way
stage-paying-lead = Your payment of { $total } is being confirmed. This usually takes a few seconds.
stage-slow = Still waiting for your payment
stage-slow-lead = The payment provider takes longer than usual. Your { stage-things } are kept meanwhile, and you are charged once at the most.
stage-late = Your payment takes long
stage-late-lead = The time of your hold is up, but your payment is still on its way. If it arrives and your { stage-things } are still free they are yours; else every penny goes back to you.
stage-confirmed = Your tickets are booked
stage-confirmed-lead = { $total } was paid. Enjoy the event.
stage-confirmed-late = Your tickets are booked
stage-confirmed-late-lead = Your payment of { $total } arrived after the time was up. Your { stage-things } were still free, so they are yours.
stage-released = You gave the { stage-things } back
stage-released-lead = Nothing was charged.
stage-expired = The time was up
stage-expired-lead = The { stage-things } went back on sale. Nothing was charged.
stage-returning = Your payment came too late
stage-returning-lead = The { stage-things } had gone by the time your payment arrived. { $refund }
stage-cancelled = This booking is cancelled
stage-cancelled-lead = { $refund }

state-held = Held, not paid
state-paying = Payment on its way
state-confirmed = Paid
state-released = Given back
state-expired = Expired
state-cancelled = Cancelled

refund-done = { $amount } was sent back to your card.
refund-under-way = { $amount } is on its way back to your card.
refund-none = Nothing was charged.

declined-card_declined = Your bank did not accept the card.
declined-insufficient_funds = There is not enough money on the card.
declined-unknown_test_card = That is none of the test cards.
declined-other = The payment did not go through.

hold-title = Time left
hold-left = Time left
hold-until = (until { $time })
hold-renew = Give me more time
hold-no-renewal = The time was extended once; it cannot be extended again.
hold-release = Give the { stage-things } back
hold-warn = Less than a minute left.
hold-warn-renew = Less than a minute left. You can take more time once.
hold-over = The time is up.
live-lost = The connection is lost. What you hold stays held; the page goes on as soon as it is back.

pay-title = Payment
pay-test = This is a test.
pay-test-text = No money moves. Do not enter a real card; use one of these:
pay-do = Pay { $total }
pay-once = You are charged once, even if you send this twice, go back or reload.
card-works = works
card-declined = is declined
card-slow = takes 3 seconds
card-late = takes 20 seconds
card-number = Card number
card-number-hint = The 12 to 19 digits on the card
card-expiry = Expires
card-expiry-hint = MM/YY
card-cvc = Security code
card-cvc-hint = The 3 or 4 digits on the back

paying-leave = You can leave this page open or come back to it: your booking goes on without it.
paying-again = Look again

ticket-reference = Booking reference
ticket-show = Show this reference at the entrance.

contact-title = Keep your tickets
contact-text = You bought as a guest: this browser is the only way back to this booking. Leave your e-mail address and get a link.
contact-do = Send me a link
field-email = E-mail
field-name = Name (optional)
field-password = Password
password-hint = At least 8 characters. A few words make a good one.

bill-title = Your order
bill-seat = { $zone }, row { $row }, seat { $seat }
bill-seat-without-row = { $zone }, seat { $seat }
bill-seat-without-zone = Row { $row }, seat { $seat }
bill-seat-only = Seat { $seat }
bill-places = { $count ->
    [one] { $area }, one place
   *[other] { $area }, { $count } places
}
bill-fees = Booking fees
bill-total = Total

cancel-do = Cancel the booking
cancel-title = Cancel this booking?
cancel-text = The { stage-things } go back on sale and { $total } is refunded to the card it was paid with. This cannot be undone.
cancel-yes = Yes, cancel it
cancel-no = Keep it

bookings-title = My bookings
bookings-none = No bookings yet
bookings-none-text = What you hold or buy is listed here.
bookings-unknown-text = Bookings made in this browser are listed here. If you have an account, sign in to see yours.
bookings-guest = You are buying as a guest: these bookings are known to this browser only.
bookings-pay = Pay now
bookings-look = Look at it
bookings-older = Older bookings

## Accounts

sign-in-title = Sign in
sign-in-do = Sign in
sign-in-new = New here?
sign-in-guest = You need no account to buy: a booking made as a guest stays in this browser.
sign-up-title = Make an account
sign-up-do = Make the account
sign-up-known = Have one already?
sign-up-privacy = Name and e-mail are kept sealed and can be erased at any time.
sign-out-do = Sign out
account-title = Your account
account-name = Name
erase-title = Erase this account
erase-text = Your name and e-mail are made unreadable for ever. Tickets you have bought stay valid, but this site will not know whose they are.
erase-do = Erase it for ever

# OIDC

oidc-continue = Continue with { $name }
oidc-no-password = If you sign in with { $name } you have no password here: leave this empty.
problem-oidc_cancelled = You did not sign in. Try again, or use a password.
problem-oidc_expired = That took too long, or was begun in another window. Please try again.
problem-oidc_failed = Signing in did not work, and nothing was changed. Please try again, or use a password.
problem-oidc_unavailable = The service that you want to sign in with does not answer. Please try again later, or use a password.
problem-oidc_email_missing = The service that you signed in with did not tell us your e-mail address. Make an account with a password instead.
problem-oidc_email_unverified = The service that you signed in with has not verified your e-mail address. Verify it there and try again, or make an account with a password.
problem-oidc_email_taken = There is an account with your e-mail address and a password already. Sign in with that password.

done-renewed = You have more time.
done-contact = A link to this booking is on its way to you.
done-signed-out = You are signed out.
done-signed-up = Welcome. You are signed in.
done-erased = Your account is erased.

## Errors

error-not-found = There is nothing here
error-not-found-lead = The page may have moved, or it is somebody else’s. If it is a booking of yours, sign in or use the browser you bought with.
error-busy = One moment
error-busy-lead = What you want to see is not ready yet.
error-again = The page tries again by itself.
error-refused = That cannot be shown
error-undone = That could not be done
error-failed = Something went wrong on our side
error-failed-lead = It was noted, and nothing was charged by this page. Please try again.
error-trace = For support:

problem-other = That did not work. Please look at the page and try again.
problem-seats_taken = Some of these seats were just taken. Please choose others.
problem-these_seats_taken = Somebody just took { $seats }. Please choose again.
problem-none_left = There are not as many left like that. Try fewer tickets, another category, or seats that need not be side by side.
problem-nothing_like_it = Nothing of that category and price is on sale.
problem-too_few_places_left = There are not as many places left in that area.
problem-limit_per_buyer = That would be more tickets than one buyer may have.
problem-leaves_single_seat = That would leave a single seat between taken ones. Please choose so that none is left alone.
problem-seats_kept_accessible = Those seats are kept for those who need an accessible place. Please say so below if you do.
problem-seats_not_for_sale = Some of these seats are not for sale.
problem-seat_count = Choose at least one seat, and no more than may be booked at once.
problem-seats_unknown = One of these seats does not exist.
problem-seats_repeated = One of these seats was named twice.
problem-area_unknown = There is no such area.
problem-wish_unclear = Please choose seats, or say how many tickets you want.
problem-not_on_sale = This event is not on sale at the moment.
problem-outside_sale_window = The sale is not open at the moment.
problem-hold_expired = The time was up before this arrived. Nothing was charged.
problem-renewals_used_up = The time was extended once already.
problem-payment_in_progress = A payment for this booking is already on its way.
problem-already_paid = This booking is paid already.
problem-booking_over = This booking is over.
problem-booking_not_found = There is no such booking, or it is somebody else’s.
problem-event_not_found = There is no such event.
problem-not_held = These tickets are not held any more.
problem-too_late_to_cancel = The event has started: it is too late to cancel.
problem-idempotency_key_reused = This form was sent before with something else in it. The page is fresh now: please try again.
problem-idempotency_key_missing = The form was incomplete. The page is fresh now: please try again.
problem-contended = Very many people are buying just now. Please try again.
problem-overloaded = Very many people are buying just now. Please try again in a moment.
problem-unavailable = That cannot be done at the moment. Please try again.
problem-timed_out = The answer took too long. If it was done, it shows here; else try again.
problem-journal_unavailable = That cannot be done at the moment. Please try again.
problem-card_invalid = That is not a card number. Please check the digits.
problem-card_invalid-expiry = That is not a month and a year. Write it as MM/YY.
problem-card_invalid-cvc = The security code has 3 or 4 digits.
problem-card_expired = This card has expired.
problem-link_expired = This link is too old. Sign in, or use the browser you bought with.
problem-no_guests = Please sign in to buy here.
problem-cross_origin = That came from another site, so it was not done.
problem-token_missing = Please sign in first.
problem-token_invalid = Your session has ended. Please sign in again.
problem-token_expired = Your session has ended. Please sign in again.
problem-wrong_credentials = E-mail or password is not right.
problem-account_exists = There is an account with this e-mail already. Sign in instead.
problem-too_many_attempts = Too many tries. Please wait a little.
problem-letter_sent = A link to this booking was sent already. Please look into your mail.
problem-account_not_found = There is no such account any more.
problem-invalid_body = Something in the form is missing or not right.
problem-invalid_body-email = That is not an e-mail address.
problem-invalid_body-password = The password is too short.
problem-invalid_body-name = Please enter a name.
