// What is said when something does not work: problem documents (RFC 9457) in words for buyers.

/** A refused or failed request. `status` is 0 if no answer came. */
export class ApiError extends Error {
  constructor(status, problem) {
    super(message(status, problem));
    this.status = status;
    this.code = problem?.code ?? (status === 0 ? 'no_answer' : 'unknown');
    this.problem = problem ?? {};
  }

  /** Whether it is unknown if the request was carried out; the same one may be sent again. */
  get isUnanswered() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const WORDS = {
  seats_taken: ({ seats }) => `Somebody was faster: ${seats?.join(', ') || 'a seat'} ${seats?.length > 1 ? 'are' : 'is'} taken. Please choose again.`,
  none_left: () => 'There are not as many seats of that kind left together. Try fewer, another category, or seats that need not be side by side.',
  too_few_places_left: ({ left }) => `Only ${left ?? 'a few'} places are left there.`,
  limit_per_buyer: ({ limit, already }) => `One buyer can have ${limit} tickets for this event${already ? `; you have ${already}` : ''}.`,
  leaves_single_seat: () => 'Your choice would leave a single seat that nobody else would take. Please move along by one.',
  seats_kept_accessible: () => 'These places are kept for those who need them. Say so below if you do.',
  not_on_sale: () => 'This event is not on sale.',
  outside_sale_window: () => 'This event is not on sale at this time.',
  hold_expired: () => 'The time was up, and the seats have been given back. Please choose again.',
  renewals_used_up: () => 'The hold cannot be renewed again. Please pay in time.',
  payment_in_progress: () => 'A payment is already on its way.',
  already_paid: () => 'This booking is already paid.',
  too_late_to_cancel: () => 'The event has started; the booking can no longer be cancelled.',
  booking_not_found: () => 'There is no such booking here. Bookings can be seen only in the browser they were made in.',
  event_not_found: () => 'There is no such event.',
  card_invalid: () => 'That is not a valid card number. Please check it.',
  no_answer: () => 'No answer from the server. Are you online? Trying again does not book or charge twice.',
};

function message(status, problem) {
  const words = WORDS[status === 0 ? 'no_answer' : problem?.code];
  if (words) return words(problem ?? {});
  if (status === 429) return 'Many people are here right now. Please try again in a moment.';
  if (status >= 500) return 'The server cannot do that at the moment. Trying again does not book or charge twice.';
  return [problem?.title ?? `The server refused the request (${status})`, problem?.detail].filter(Boolean).join('. ');
}
