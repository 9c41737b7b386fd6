using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc;

namespace Stalls.Controllers
{
    [ApiController]
    public class ReceiptsController : ControllerBase
    {
        private readonly IWebHostEnvironment _environment;

        public ReceiptsController(IWebHostEnvironment environment) => _environment = environment;

        /// <summary>Whether the bank's authority is one that this system trusts, on a day on which it was valid.</summary>
        [HttpGet("/bank")]
        public object Bank()
        {
            var path = Path.Combine(_environment.ContentRootPath, "Certificates", "authority.crt");
            using var authority = new X509Certificate2(path);
            using var chain = new X509Chain();
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.VerificationTime = new DateTime(2025, 6, 1);
            var trusted = chain.Build(authority);
            return new { subject = authority.GetNameInfo(X509NameType.SimpleName, false), trusted, problems = chain.ChainStatus.Select(s => s.Status.ToString()) };
        }

        /// <summary>A receipt, signed and checked by the till's key; the digest is of what a scanner would read.</summary>
        [HttpGet("/receipts/{number}")]
        public object Receipt(int number)
        {
            var text = Encoding.UTF8.GetBytes($"receipt {number}");
            using var key = RSA.Create(2048);
            var signature = key.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
            using var sha = SHA256.Create();
            using var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            {
                gzip.Write(text);
            }
            return new
            {
                number,
                good = key.VerifyData(text, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
                digest = BitConverter.ToString(sha.ComputeHash(text), 0, 4),
                packed = packed.Length > 0,
            };
        }

        /// <summary>Asks a till over TLS, with a certificate of its own that the system does not know.</summary>
        [HttpGet("/till")]
        public async Task<object> Till()
        {
            using var key = RSA.Create(2048);
            var request = new CertificateRequest("CN=till", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var serving = Serve(listener, certificate);
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            var problems = SslPolicyErrors.None;
            using var handler = new HttpClientHandler
            {
                ServerCertificateCustomValidationCallback = (_, __, ___, errors) =>
                {
                    problems = errors;
                    return true;
                },
            };
            using var client = new HttpClient(handler);
            var answer = await client.GetStringAsync($"https://localhost:{port}/");
            await serving;
            return new { answer, problems = problems.ToString() };
        }

        private static async Task Serve(TcpListener listener, X509Certificate2 certificate)
        {
            using var connection = await listener.AcceptTcpClientAsync();
            using var stream = new SslStream(connection.GetStream());
            await stream.AuthenticateAsServerAsync(certificate, false, SslProtocols.None, false);
            await stream.ReadAsync(new byte[4096]);
            await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nopen"));
            listener.Stop();
        }
    }
}
