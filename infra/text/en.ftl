### Numbers, money and dates as English of Britain writes them: what every side says them by.

number-group = ,
number-point = .

## Money. The marks are those of the CLDR, as browsers have them, so that page and script say the
## same. A currency without a mark is called by its code.

money = { $mark }{ $number }
money-without-mark = { $code }{ "\u00A0" }{ $number }
money-below-zero = -{ $amount }
money-range = { $low } – { $high }

mark-AUD = A$
mark-BRL = R$
mark-CAD = CA$
mark-CNY = CN¥
mark-EUR = €
mark-GBP = £
mark-HKD = HK$
mark-ILS = ₪
mark-INR = ₹
mark-JPY = JP¥
mark-KRW = ₩
mark-MXN = MX$
mark-NZD = NZ$
mark-PHP = ₱
mark-USD = US$

## Dates

date-day = { $weekday }, { $day } { $month } { $year }
date-without-weekday = { $day } { $month } { $year }
date-month = { $month } { $year }
date-time = { $hour }:{ $minute }
date-moment = { $day }, { $time }

weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday
weekday-short-1 = Mon
weekday-short-2 = Tue
weekday-short-3 = Wed
weekday-short-4 = Thu
weekday-short-5 = Fri
weekday-short-6 = Sat
weekday-short-7 = Sun

month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
month-short-1 = Jan
month-short-2 = Feb
month-short-3 = Mar
month-short-4 = Apr
month-short-5 = May
month-short-6 = Jun
month-short-7 = Jul
month-short-8 = Aug
month-short-9 = Sep
month-short-10 = Oct
month-short-11 = Nov
month-short-12 = Dec
