//! When and in which country a fixture takes place, where the catalogue does not say.

use jiff::civil::time;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::Fixture;

/// Country and time zone of a fixture.
pub(super) struct Place {
    pub(super) country: Option<String>,
    pub(super) time_zone: String,
}

/// The start of a fixture.
pub(super) struct Start {
    pub(super) at: Timestamp,
    pub(super) time_to_be_confirmed: bool,
}

/// What teams of continental cups carry behind their name, with the country of their ground
/// (England and Scotland are both in GB) and its time zone.
const TEAM_COUNTRIES: [(&str, &str, &str); 27] = [
    ("ARG", "AR", "America/Argentina/Buenos_Aires"),
    ("AUT", "AT", "Europe/Vienna"),
    ("BEL", "BE", "Europe/Brussels"),
    ("BOL", "BO", "America/La_Paz"),
    ("BRA", "BR", "America/Sao_Paulo"),
    ("CHI", "CL", "America/Santiago"),
    ("COL", "CO", "America/Bogota"),
    ("CRO", "HR", "Europe/Zagreb"),
    ("CZE", "CZ", "Europe/Prague"),
    ("ECU", "EC", "America/Guayaquil"),
    ("ENG", "GB", "Europe/London"),
    ("ESP", "ES", "Europe/Madrid"),
    ("FRA", "FR", "Europe/Paris"),
    ("GER", "DE", "Europe/Berlin"),
    ("ITA", "IT", "Europe/Rome"),
    ("MCO", "MC", "Europe/Monaco"),
    ("NED", "NL", "Europe/Amsterdam"),
    ("PAR", "PY", "America/Asuncion"),
    ("PER", "PE", "America/Lima"),
    ("POR", "PT", "Europe/Lisbon"),
    ("SCO", "GB", "Europe/London"),
    ("SRB", "RS", "Europe/Belgrade"),
    ("SUI", "CH", "Europe/Zurich"),
    ("SVK", "SK", "Europe/Bratislava"),
    ("UKR", "UA", "Europe/Kyiv"),
    ("URU", "UY", "America/Montevideo"),
    ("VEN", "VE", "America/Caracas"),
];

/// Country and time zone: as the catalogue says, else those of the home team, else unknown and UTC.
pub(super) fn place(fixture: &Fixture) -> Place {
    let home = fixture.performers.first().and_then(|team| {
        let code = team.strip_suffix(')')?.rsplit_once('(')?.1;
        TEAM_COUNTRIES.iter().find(|(known, _, _)| *known == code)
    });
    let country = fixture.venue.country.clone();
    let time_zone = fixture.timezone.clone();
    Place {
        country: country.or_else(|| home.map(|(_, country, _)| (*country).to_owned())),
        time_zone: time_zone
            .or_else(|| home.map(|(_, _, zone)| (*zone).to_owned()))
            .unwrap_or_else(|| "UTC".to_owned()),
    }
}

/// The start: the date moved by the shift, the time at the venue kept. A fixture without a time
/// is taken to start at 15:00, which is said to be unconfirmed.
pub(super) fn start(fixture: &Fixture, place: &Place, shift: Option<Span>) -> Start {
    let date = shift.and_then(|shift| fixture.date.checked_add(shift).ok()).unwrap_or(fixture.date);
    let local = date.to_datetime(fixture.time.unwrap_or(time(15, 0, 0, 0)));
    let zone = TimeZone::get(&place.time_zone).unwrap_or(TimeZone::UTC);
    let at = zone.to_timestamp(local).unwrap_or(Timestamp::UNIX_EPOCH);
    Start { at, time_to_be_confirmed: fixture.time.is_none() }
}
