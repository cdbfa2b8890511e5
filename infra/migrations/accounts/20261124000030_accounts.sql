-- What is personal, sealed, and the keys that it is sealed with. Not part of the journal: on SQLite
-- it is a file of its own. The same text for PostgreSQL and SQLite.

-- The data key of each subject, sealed with the vault key. To delete it is to erase the subject.
create table account_keys (
    subject text primary key,
    sealed  text not null
);

-- `login` is a keyed hash of an e-mail address or of an identity elsewhere. An empty password is
-- none. `created` counts milliseconds since 1970.
create table accounts (
    subject  text   primary key,
    login    text   not null unique,
    password text   not null,
    profile  text   not null,
    created  bigint not null
);

-- Where a booking's mail goes. `sent` is 0 until it was sent; `claimed` is until when somebody is
-- sending it. Both count milliseconds since 1970.
create table booking_contacts (
    booking text   primary key,
    subject text   not null,
    sealed  text   not null,
    claimed bigint not null,
    sent    bigint not null
);

create index booking_contacts_by_subject on booking_contacts (subject);
create index booking_contacts_waiting on booking_contacts (booking) where sent = 0;
