using System;
using System.Globalization;
using System.Linq;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Configuration;

namespace Stalls.Controllers
{
    [ApiController]
    public class MarketController : ControllerBase
    {
        private static readonly string[] Goods = { "Äpfel", "apricots", "Zucchini", "artichokes", "Öl", "olives" };

        private readonly IConfiguration _configuration;

        public MarketController(IConfiguration configuration) => _configuration = configuration;

        [HttpGet("/")]
        public object Index() => new { market = "Stalls", goods = Goods.Length };

        /// <summary>What is for sale, in the order and with the prices that the visitor's language has.</summary>
        [HttpGet("/goods/{culture}")]
        public object For(string culture)
        {
            var language = CultureInfo.GetCultureInfo(culture);
            return new
            {
                language = language.EnglishName,
                price = 1234.5m.ToString("C", language),
                goods = Goods.OrderBy(name => name, StringComparer.Create(language, ignoreCase: true)),
                upper = "fish in istanbul".ToUpper(language),
            };
        }

        /// <summary>When the market opens, in the clock of the market and in that of the visitor.</summary>
        [HttpGet("/opens/{day}")]
        public object Opens(DateTime day, string zone = "Australia/Lord_Howe")
        {
            var market = TimeZoneInfo.FindSystemTimeZoneById(_configuration["Market:Zone"]);
            var visitor = TimeZoneInfo.FindSystemTimeZoneById(zone);
            var opens = DateTime.SpecifyKind(day.Date + TimeSpan.Parse(_configuration["Market:Opens"]), DateTimeKind.Unspecified);
            var moment = new DateTimeOffset(opens, market.GetUtcOffset(opens));
            return new
            {
                market = moment.ToString("u"),
                summer = market.IsDaylightSavingTime(moment),
                visitor = TimeZoneInfo.ConvertTime(moment, visitor).ToString("o"),
            };
        }
    }
}
